#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>

namespace smsctl::delivery {

/// Watches one accepted message until it has reached `goal`, is final, or `deadline` or `stop`
/// comes: in the database, where a listener may write callbacks, and every so often at the
/// provider. Returns the message as it is then.
class Wait {
public:
    Wait(store::Scope& scope, providers::Provider& provider, Clock& clock);

    sms::Message until(std::int64_t message_row,
                       sms::Status goal,
                       std::optional<Instant> deadline,
                       const std::stop_token& stop);

private:
    void poll(const sms::Message& message);

    store::Scope& m_scope;
    providers::Provider& m_provider;
    Clock& m_clock;
};

} // namespace smsctl::delivery
