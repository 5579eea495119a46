#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "providers/provider.hpp"
#include "sms/message.hpp"

#include <optional>

namespace smsctl::delivery {

/// What became of one message after the worker let go of it.
struct Settled {
    sms::Message message;
    /// Why it was refused or not sent; nothing when it was accepted or is in doubt.
    std::optional<providers::ProviderError> error = {};
    /// The stop came before the request could leave, or between two tries: certainly not sent.
    bool stopped = false;
    /// Another process that lives has it in hand.
    bool elsewhere = false;
    /// It stays planned until then, and `send --due` takes it.
    std::optional<Instant> waits_until = {};
    /// What the provider asked for when it is longer than a worker waits.
    std::optional<Millis> retry_after = {};
    /// It was submitted, and what came of it could not be stored (7): in doubt from now on.
    std::optional<Error> unrecorded = {};
};

} // namespace smsctl::delivery
