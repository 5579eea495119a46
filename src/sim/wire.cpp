#include "sim/wire.hpp"

#include "core/time_text.hpp"
#include "phone/e164.hpp"
#include "sim/outcome.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view api_version = "2010-04-01";

Json text_or_null(std::string_view text)
{
    return text.empty() ? Json(nullptr) : Json(text);
}

Json date_or_null(const std::optional<Instant>& instant)
{
    return instant ? Json(text::rfc2822(*instant)) : Json(nullptr);
}

std::string message_path(const Message& message, const std::string& account_sid)
{
    return fmt::format("{}/Messages/{}", account_path(account_sid), message.sid);
}

} // namespace

std::string iso_date(Instant instant)
{
    constexpr std::size_t to_the_second = 19;
    return text::rfc3339(instant).substr(0, to_the_second) + "Z";
}

std::string account_path(const std::string& account_sid)
{
    return fmt::format("/{}/Accounts/{}", api_version, account_sid);
}

Json message_json(const Message& message, const std::string& account_sid)
{
    const std::string path = message_path(message, account_sid);
    Json links{{"media", path + "/Media.json"}};
    if (message.sent_at)
        links["feedback"] = path + "/Feedback.json";
    return Json{{"account_sid", account_sid},
                {"api_version", api_version},
                {"body", message.body},
                {"date_created", text::rfc2822(message.created_at)},
                {"date_sent", date_or_null(message.sent_at)},
                {"date_updated", text::rfc2822(message.updated_at)},
                {"direction", message.direction},
                {"error_code", message.error_code == 0 ? Json(nullptr) : Json(message.error_code)},
                {"error_message", text_or_null(error_text(message.error_code))},
                {"from", text_or_null(message.from)},
                {"messaging_service_sid", text_or_null(message.service_sid)},
                {"num_media", fmt::to_string(message.media.size())},
                {"num_segments", fmt::to_string(message.segments)},
                {"price", text_or_null(message.price)},
                {"price_unit", "USD"},
                {"sid", message.sid},
                {"status", message.status},
                {"subresource_uris", links},
                {"to", message.to},
                {"uri", path + ".json"}};
}

Json media_json(const Message& message, const MessageMedia& media, const std::string& account_sid)
{
    return Json{
        {"sid", media.sid},
        {"account_sid", account_sid},
        {"parent_sid", message.sid},
        {"content_type", media.content_type},
        {"date_created", text::rfc2822(message.created_at)},
        {"date_updated", text::rfc2822(message.created_at)},
        {"uri", fmt::format("{}/Media/{}.json", message_path(message, account_sid), media.sid)}};
}

Json feedback_json(const Message& message, const std::string& account_sid, Instant now)
{
    return Json{{"account_sid", account_sid},
                {"message_sid", message.sid},
                {"outcome", message.feedback},
                {"date_created", text::rfc2822(now)},
                {"date_updated", text::rfc2822(now)},
                {"uri", message_path(message, account_sid) + "/Feedback.json"}};
}

Json number_json(const PhoneNumber& number, const std::string& account_sid)
{
    const sms::Capabilities& can = number.capabilities;
    Json json{{"sid", number.sid},
              {"account_sid", account_sid},
              {"phone_number", number.address},
              {"capabilities",
               {{"voice", can.voice}, {"sms", can.sms}, {"mms", can.mms}, {"fax", false}}},
              {"type", "local"},
              {"status", "in-use"},
              {"origin", "twilio"},
              {"beta", false}};
    for (const auto& [name, value] : number.settings)
        json[name] = value;
    for (const std::string_view unset :
         {"trunk_sid", "address_sid", "identity_sid", "bundle_sid", "emergency_address_sid"})
        json[std::string(unset)] = nullptr;
    json["voice_caller_id_lookup"] = false;
    json["voice_receive_mode"] = "voice";
    json["address_requirements"] = "none";
    json["emergency_status"] = "Inactive";
    json["emergency_address_status"] = "unregistered";
    json["api_version"] = api_version;
    json["date_created"] = text::rfc2822(number.created_at);
    json["date_updated"] = text::rfc2822(number.updated_at);
    json["uri"] =
        fmt::format("{}/IncomingPhoneNumbers/{}.json", account_path(account_sid), number.sid);
    return json;
}

Json account_json(const Account& account)
{
    const std::string path = account_path(account.sid());
    Json links;
    for (const std::string_view name : {"Balance", "Calls", "Messages", "IncomingPhoneNumbers"})
        links[std::string(name)] = fmt::format("{}/{}.json", path, name);
    return Json{{"auth_token", account.auth_token()},
                {"date_created", text::rfc2822(account.created_at())},
                {"date_updated", text::rfc2822(account.created_at())},
                {"friendly_name", "smsctl sim"},
                {"owner_account_sid", account.sid()},
                {"sid", account.sid()},
                {"status", "active"},
                {"subresource_uris", links},
                {"type", "Full"},
                {"uri", path + ".json"}};
}

Json balance_json(const Account& account)
{
    return Json{{"account_sid", account.sid()}, {"balance", "100.00"}, {"currency", "USD"}};
}

Json service_json(const MessagingService& service,
                  const std::string& account_sid,
                  const std::string& base)
{
    const std::string url = fmt::format("{}/v1/Services/{}", base, service.sid);
    Json json{{"sid", service.sid}, {"account_sid", account_sid}};
    for (const auto& [name, value] : service.settings)
        json[name] = text_or_null(value);
    for (const auto& [name, value] : service.flags)
        json[name] = value;
    json["validity_period"] = service.validity_period;
    json["us_app_to_person_registered"] = false;
    json["date_created"] = iso_date(service.created_at);
    json["date_updated"] = iso_date(service.updated_at);
    json["url"] = url;
    json["links"] = {{"phone_numbers", url + "/PhoneNumbers"},
                     {"short_codes", url + "/ShortCodes"},
                     {"alpha_senders", url + "/AlphaSenders"}};
    return json;
}

Json sender_json(const PhoneNumber& number,
                 const std::string& service_sid,
                 const std::string& account_sid,
                 const std::string& base)
{
    Json capabilities = Json::array();
    for (const auto& [can, word] : {std::pair{number.capabilities.mms, "MMS"},
                                    std::pair{number.capabilities.sms, "SMS"},
                                    std::pair{number.capabilities.voice, "Voice"}})
        if (can)
            capabilities.push_back(word);
    return Json{
        {"sid", number.sid},
        {"account_sid", account_sid},
        {"service_sid", service_sid},
        {"phone_number", number.address},
        {"country_code", text_or_null(phone::region_of(number.address))},
        {"capabilities", capabilities},
        {"date_created", iso_date(number.created_at)},
        {"date_updated", iso_date(number.updated_at)},
        {"url", fmt::format("{}/v1/Services/{}/PhoneNumbers/{}", base, service_sid, number.sid)}};
}

} // namespace smsctl::sim
