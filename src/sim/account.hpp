#pragma once

#include "core/clock.hpp"
#include "sim/policy.hpp"
#include "sim/send_queues.hpp"
#include "sim/service.hpp"
#include "sim/setting.hpp"
#include "sim/sids.hpp"
#include "sms/number.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace smsctl::sim {

/// A number of the account and its settings, by their wire names ("sms_url").
struct PhoneNumber {
    std::string sid;
    std::string address;
    sms::Capabilities capabilities;
    Settings settings;
    Instant created_at;
    Instant updated_at;

    std::string setting(std::string_view name) const;
};

/// Who the simulated account is, what it owns, and who told it to stop.
class Account {
public:
    /// At `speed` 10 its senders let go ten times as fast.
    Account(std::uint64_t seed, Instant now, double speed = 1);

    const std::string& sid() const { return m_sid; }
    const std::string& auth_token() const { return m_auth_token; }
    Instant created_at() const { return m_created_at; }
    /// The Messaging Service that is there from the start: every number that can text is a sender
    /// of it.
    const std::string& service_sid() const { return m_service_sid; }
    Sids& sids() { return m_sids; }
    std::vector<PhoneNumber>& numbers() { return m_numbers; }
    const std::vector<PhoneNumber>& numbers() const { return m_numbers; }
    const PhoneNumber* by_address(std::string_view address) const;
    PhoneNumber* by_sid(std::string_view sid);
    /// Makes a number ours, or says why not.
    std::variant<PhoneNumber*, Problem> buy(std::string_view address, Instant now);
    /// Gives it back; services lose it, too.
    void release(std::string_view number_sid);

    std::deque<MessagingService>& services() { return m_services; }
    const std::deque<MessagingService>& services() const { return m_services; }
    const MessagingService* service(std::string_view sid) const;
    MessagingService* service(std::string_view sid);
    /// The service that a number of ours sends and receives for; none when it stands alone.
    const MessagingService* service_of(std::string_view address) const;
    /// The number a Messaging Service sends from: the first that can, and is not `to`.
    const PhoneNumber*
    service_sender(std::string_view service_sid, std::string_view to, bool needs_mms) const;

    Policy& policy() { return m_policy; }
    const Policy& policy() const { return m_policy; }
    SendQueues& queues() { return m_queues; }
    const SendQueues& queues() const { return m_queues; }

    /// A pair is our number and the other end's.
    using OptOuts = std::set<std::pair<std::string, std::string>>;
    OptOuts& opt_outs() { return m_opt_outs; }
    const OptOuts& opt_outs() const { return m_opt_outs; }
    /// Whether `theirs` told `ours`, a number or a service, to stop: all numbers of a service count
    /// as one, but those that are toll-free.
    bool is_opted_out(std::string_view ours, std::string_view theirs) const;
    /// Forgets that `theirs` told `ours` to stop.
    void opt_in(std::string_view ours, std::string_view theirs);

private:
    std::vector<std::string> sharing_opt_outs(std::string_view ours) const;

    Sids m_sids;
    std::string m_sid;
    std::string m_auth_token;
    std::string m_service_sid;
    Instant m_created_at;
    std::vector<PhoneNumber> m_numbers;
    std::deque<MessagingService> m_services;
    OptOuts m_opt_outs;
    Policy m_policy;
    SendQueues m_queues;
};

/// Whether the number is toll-free in North America, where carriers keep the opt-outs.
bool is_toll_free(std::string_view address);

} // namespace smsctl::sim
