#pragma once

#include "core/clock.hpp"
#include "sim/sids.hpp"
#include "sms/number.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smsctl::sim {

/// A number of the account and its settings, by their wire names ("sms_url").
struct PhoneNumber {
    std::string sid;
    std::string address;
    sms::Capabilities capabilities;
    std::map<std::string, std::string, std::less<>> settings;
    Instant created_at;
    Instant updated_at;

    std::string setting(std::string_view name) const;
};

/// Who the simulated account is, what it owns, and who told it to stop.
class Account {
public:
    Account(std::uint64_t seed, Instant now);

    const std::string& sid() const { return m_sid; }
    const std::string& auth_token() const { return m_auth_token; }
    Instant created_at() const { return m_created_at; }
    /// The one Messaging Service; every number that can text is a sender of it.
    const std::string& service_sid() const { return m_service_sid; }
    Sids& sids() { return m_sids; }
    std::vector<PhoneNumber>& numbers() { return m_numbers; }
    const std::vector<PhoneNumber>& numbers() const { return m_numbers; }
    const PhoneNumber* by_address(std::string_view address) const;
    PhoneNumber* by_sid(std::string_view sid);
    /// The number a Messaging Service sends from: the first that can, and is not `to`.
    const PhoneNumber* service_sender(std::string_view to, bool needs_mms) const;

    /// A pair is our number and the other end's.
    using OptOuts = std::set<std::pair<std::string, std::string>>;
    OptOuts& opt_outs() { return m_opt_outs; }
    bool is_opted_out(std::string_view ours, std::string_view theirs) const;

private:
    Sids m_sids;
    std::string m_sid;
    std::string m_auth_token;
    std::string m_service_sid;
    Instant m_created_at;
    std::vector<PhoneNumber> m_numbers;
    OptOuts m_opt_outs;
};

} // namespace smsctl::sim
