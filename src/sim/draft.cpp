#include "sim/draft.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"
#include "http/url.hpp"
#include "sms/segments.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace smsctl::sim {

namespace {

constexpr std::size_t longest_body = 1600;
constexpr std::size_t most_media = 10;
constexpr std::size_t longest_callback = 4000;
constexpr int longest_validity = 36'000;
constexpr std::chrono::seconds soonest_schedule{900};
constexpr std::chrono::seconds latest_schedule{3'024'000};

/// A JSON object whose values are texts, as ContentVariables must be.
bool is_object_of_texts(std::string_view json)
{
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    if (!parsed.is_object())
        return false;
    for (const auto& value : parsed)
        if (!value.is_string())
            return false;
    return true;
}

bool is_positive_number(std::string_view text)
{
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, number);
    return problem == std::errc() && stopped == end && number > 0;
}

} // namespace

Verdict refuse(int code, std::string message, int http)
{
    return Problem{http, code, std::move(message), {}};
}

Draft draft_of(const http::Form& form, const Account& account)
{
    Draft draft{form,
                std::string(http::first(form, "To")),
                std::string(http::first(form, "From")),
                std::string(http::first(form, "MessagingServiceSid")),
                std::string(http::first(form, "Body")),
                {},
                http::first(form, "SendAsMms") == "true"};
    for (const auto& [name, value] : form)
        if (name == "MediaUrl" && !value.empty())
            draft.media.push_back(value);
    const MessagingService* service = account.service(draft.service);
    if (http::first(form, "SmartEncoded") == "true" ||
        (service != nullptr && service->flags.at("smart_encoding")))
        draft.body =
            sms::count_segments(draft.body, sms::EncodingChoice::automatic, sms::SmartEncoding::on)
                .text;
    if (account.policy().trial && !draft.body.empty())
        draft.body = "Sent from your Twilio trial account - " + draft.body;
    return draft;
}

Verdict within_limits(Draft& draft, const Account& /*account*/, Instant /*now*/)
{
    if (text::utf16_units(draft.body) > longest_body)
        return refuse(21617, "The concatenated message body exceeds the 1600 character limit");
    if (draft.media.size() > most_media)
        return refuse(21623, "Number of media files exceeds allowed limit");
    for (const std::string& url : draft.media)
        if (!http::parse_url(url))
            return refuse(21620, fmt::format("Invalid media URL(s): {}", url));
    const std::string_view callback = http::first(draft.form, "StatusCallback");
    if (!callback.empty() && (callback.size() > longest_callback || !http::parse_url(callback)))
        return refuse(21609,
                      fmt::format("The 'StatusCallback' URL {} is not a valid URL.", callback));
    const std::string_view validity = http::first(draft.form, "ValidityPeriod");
    const auto seconds = text::to_integer(validity);
    if (!validity.empty() && (!seconds || *seconds < 1 || *seconds > longest_validity))
        return refuse(21624, fmt::format("The ValidityPeriod {} is invalid.", validity));
    return std::nullopt;
}

Verdict options_possible(Draft& draft, const Account& /*account*/, Instant /*now*/)
{
    const auto value = [&](std::string_view name) { return http::first(draft.form, name); };
    if (!value("ContentVariables").empty() && value("ContentSid").empty())
        return refuse(21654, "ContentSid is required with ContentVariables.");
    if (!value("ContentSid").empty() && !is_sid(value("ContentSid"), "HX"))
        return refuse(21655, fmt::format("The ContentSid {} is invalid.", value("ContentSid")));
    if (!value("ContentVariables").empty() && !is_object_of_texts(value("ContentVariables")))
        return refuse(21656, "The ContentVariables parameter is invalid.");
    if (!value("MaxPrice").empty() && !is_positive_number(value("MaxPrice")))
        return refuse(21627, fmt::format("The MaxPrice {} is invalid.", value("MaxPrice")));
    if (value("ContentRetention") == "discard")
        return refuse(30029, "ContentRetention is not allowed for this account.");
    if (value("AddressRetention") == "obfuscate")
        return refuse(30030, "AddressRetention is not allowed for this account.");
    return std::nullopt;
}

Verdict schedule_possible(Draft& draft, const Account& /*account*/, Instant now)
{
    const std::string_view type = http::first(draft.form, "ScheduleType");
    const std::string_view send_at = http::first(draft.form, "SendAt");
    if (type.empty() && send_at.empty())
        return std::nullopt;
    if (draft.service.empty())
        return refuse(35118, "MessagingServiceSid is required to schedule a message.");
    if (type != "fixed")
        return refuse(35126, "ScheduleType must be 'fixed' to schedule a message.");
    if (send_at.empty())
        return refuse(35111, "SendAt is required to schedule a message.");
    const auto instant = text::parse_rfc3339(send_at);
    // The wire knows whole seconds: what was exactly 900 s ahead when it left must still count.
    const auto ahead = [&] {
        return std::chrono::floor<std::chrono::seconds>(*instant) -
               std::chrono::floor<std::chrono::seconds>(now);
    };
    if (!instant || ahead() < soonest_schedule || ahead() > latest_schedule)
        return refuse(35114,
                      "SendAt must be between 900 seconds and 35 days (3024000 seconds) in the "
                      "future.");
    return std::nullopt;
}

} // namespace smsctl::sim
