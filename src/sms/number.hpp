#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <string>

namespace smsctl::sms {

struct Capabilities {
    bool sms = false;
    bool mms = false;
    bool voice = false;
    bool operator==(const Capabilities&) const = default;
};

/// A phone number of ours, as the provider has it.
struct Number {
    std::int64_t row = 0;
    std::string id;          ///< "num_…"
    std::string address;     ///< E.164 or short code
    std::string provider_id; ///< "PN…"
    std::string friendly_name;
    Capabilities capabilities;
    std::string webhook_url;          ///< where inbound messages go; empty: nowhere
    std::string webhook_method;       ///< "POST" or "GET"
    std::string previous_webhook_url; ///< what `number set webhook=` replaced, for `--undo`
    std::string previous_webhook_method;
    bool has_previous_webhook = false;
    /// The provider's id of what takes inbound messages in the webhook's place; only filled in when
    /// the provider was asked just now.
    std::string application_id;
    std::string owner;  ///< a label of ours; empty for none
    bool active = true; ///< false once the provider no longer lists it
    Instant created_at;
    Instant updated_at;
};

} // namespace smsctl::sms
