#include "sim/account.hpp"

#include "phone/e164.hpp"
#include "sim/identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

Account::Account(std::uint64_t seed, Instant now, double speed)
    : m_sids(seed),
      m_sid(default_account_id),
      m_auth_token(default_auth_token),
      m_service_sid(default_service_id),
      m_created_at(now),
      m_queues(speed)
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

    MessagingService& service = m_services.emplace_back(m_service_sid, now);
    service.settings["friendly_name"] = "smsctl sim";
    service.flags["use_inbound_webhook_on_number"] = true;
    for (const PhoneNumber& number : m_numbers)
        if (number.capabilities.sms)
            service.senders.push_back(number.sid);
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

std::variant<PhoneNumber*, Problem> Account::buy(std::string_view address, Instant now)
{
    if (by_address(address) != nullptr || address == "+15005550000")
        return Problem{400, 21422, fmt::format("{} is not available.", address), {}};
    m_numbers.push_back(make_number(m_sids, address, {true, true, true}, now));
    return &m_numbers.back();
}

void Account::release(std::string_view number_sid)
{
    const std::string sid(number_sid); // it may be the number's own
    for (MessagingService& service : m_services)
        std::erase(service.senders, sid);
    std::erase_if(m_numbers, [&](const PhoneNumber& number) { return number.sid == sid; });
}

const MessagingService* Account::service(std::string_view sid) const
{
    const auto found = std::find_if(
        m_services.begin(), m_services.end(), [&](const auto& each) { return each.sid == sid; });
    return found == m_services.end() ? nullptr : &*found;
}

MessagingService* Account::service(std::string_view sid)
{
    return const_cast<MessagingService*>(std::as_const(*this).service(sid)); // NOLINT
}

const MessagingService* Account::service_of(std::string_view address) const
{
    const PhoneNumber* number = by_address(address);
    if (number == nullptr)
        return nullptr;
    const auto found = std::find_if(m_services.begin(), m_services.end(), [&](const auto& each) {
        return each.has_sender(number->sid);
    });
    return found == m_services.end() ? nullptr : &*found;
}

const PhoneNumber*
Account::service_sender(std::string_view service_sid, std::string_view to, bool needs_mms) const
{
    const MessagingService* from = service(service_sid);
    if (from == nullptr)
        return nullptr;
    for (const std::string& sid : from->senders)
        for (const PhoneNumber& number : m_numbers)
            if (number.sid == sid && number.address != to && number.capabilities.sms &&
                (!needs_mms || number.capabilities.mms))
                return &number;
    return nullptr;
}

std::vector<std::string> Account::sharing_opt_outs(std::string_view ours) const
{
    const MessagingService* shared = service(ours);
    if (shared == nullptr && !is_toll_free(ours))
        shared = service_of(ours);
    std::vector<std::string> addresses;
    if (shared == nullptr)
        addresses.emplace_back(ours);
    else
        for (const PhoneNumber& number : m_numbers)
            if (shared->has_sender(number.sid) && !is_toll_free(number.address))
                addresses.push_back(number.address);
    return addresses;
}

bool Account::is_opted_out(std::string_view ours, std::string_view theirs) const
{
    if (m_opt_outs.empty())
        return false;
    const std::vector<std::string> addresses = sharing_opt_outs(ours);
    return std::any_of(addresses.begin(), addresses.end(), [&](const std::string& address) {
        return m_opt_outs.contains({address, std::string(theirs)});
    });
}

void Account::opt_in(std::string_view ours, std::string_view theirs)
{
    for (const std::string& address : sharing_opt_outs(ours))
        m_opt_outs.erase({address, std::string(theirs)});
}

bool is_toll_free(std::string_view address)
{
    constexpr std::array<std::string_view, 7> codes{
        "800", "833", "844", "855", "866", "877", "888"};
    return address.starts_with("+1") &&
           std::find(codes.begin(), codes.end(), address.substr(2, 3)) != codes.end();
}

} // namespace smsctl::sim
