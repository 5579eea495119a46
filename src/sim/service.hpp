#pragma once

#include "core/clock.hpp"
#include "http/form.hpp"
#include "sim/answer.hpp"
#include "sim/setting.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sim {

/// A Messaging Service: numbers that send and receive as one.
struct MessagingService {
    explicit MessagingService(std::string service_sid, Instant now);

    const std::string& setting(std::string_view name) const;
    bool has_sender(std::string_view number_sid) const;

    std::string sid;
    Settings settings;                              ///< names, URLs and methods; empty: unset
    std::map<std::string, bool, std::less<>> flags; ///< by their wire names
    int validity_period = 36'000;                   ///< seconds
    std::vector<std::string> senders; ///< "PN…", in the order in which they are tried
    Instant created_at;
    Instant updated_at;
};

/// Changes a service by the form of a create or an update, or says why not and changes nothing.
std::optional<Problem>
change_service(MessagingService& service, const http::Form& form, Instant now);

} // namespace smsctl::sim
