#include "sim/account.hpp"

#include "phone/e164.hpp"
#include "sim/identity.hpp"

#include <algorithm>

namespace smsctl::sim {

namespace {

PhoneNumber make_number(Sids& sids, std::string_view address, sms::Capabilities can, Instant now)
{
    PhoneNumber number;
    number.sid = sids.next("PN");
    number.address = address;
    number.capabilities = can;
    number.settings = {{"friendly_name", phone::display(address)},
                       {"sms_url", ""},
                       {"sms_method", "POST"},
                       {"sms_fallback_url", ""},
                       {"sms_fallback_method", "POST"},
                       {"sms_application_sid", ""},
                       {"status_callback", ""},
                       {"status_callback_method", "POST"},
                       {"voice_url", ""},
                       {"voice_method", "POST"},
                       {"voice_fallback_url", ""},
                       {"voice_fallback_method", "POST"},
                       {"voice_application_sid", ""}};
    number.created_at = now;
    number.updated_at = now;
    return number;
}

} // namespace

std::string PhoneNumber::setting(std::string_view name) const
{
    const auto found = settings.find(name);
    return found == settings.end() ? std::string() : found->second;
}

Account::Account(std::uint64_t seed, Instant now)
    : m_sids(seed),
      m_sid(default_account_id),
      m_auth_token(default_auth_token),
      m_service_sid(default_service_id),
      m_created_at(now)
{
    if (seed != 0) {
        m_sid = m_sids.next("AC");
        m_auth_token = m_sids.next_hex("auth token");
        m_service_sid = m_sids.next("MG");
    }
    // The first is the one number that Twilio's test credentials may send from.
    const sms::Capabilities all{true, true, true};
    m_numbers.push_back(make_number(m_sids, "+15005550006", all, now));
    m_numbers.push_back(make_number(m_sids, "+14155550100", all, now));
    m_numbers.push_back(make_number(m_sids, "+14155550101", {true, false, false}, now));
    m_numbers.push_back(make_number(m_sids, "+14155550102", {false, false, true}, now));
}

const PhoneNumber* Account::by_address(std::string_view address) const
{
    const auto found = std::find_if(m_numbers.begin(), m_numbers.end(), [&](const auto& number) {
        return number.address == address;
    });
    return found == m_numbers.end() ? nullptr : &*found;
}

PhoneNumber* Account::by_sid(std::string_view sid)
{
    const auto found = std::find_if(
        m_numbers.begin(), m_numbers.end(), [&](const auto& number) { return number.sid == sid; });
    return found == m_numbers.end() ? nullptr : &*found;
}

const PhoneNumber* Account::service_sender(std::string_view to, bool needs_mms) const
{
    const auto found = std::find_if(m_numbers.begin(), m_numbers.end(), [&](const auto& number) {
        return number.address != to && number.capabilities.sms &&
               (!needs_mms || number.capabilities.mms);
    });
    return found == m_numbers.end() ? nullptr : &*found;
}

bool Account::is_opted_out(std::string_view ours, std::string_view theirs) const
{
    return m_opt_outs.contains({std::string(ours), std::string(theirs)});
}

} // namespace smsctl::sim
