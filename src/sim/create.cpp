#include "sim/create.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"
#include "http/url.hpp"
#include "phone/e164.hpp"
#include "phone/spelling.hpp"
#include "sms/segments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smsctl::sim {

namespace {

constexpr std::size_t longest_body = 1600;
constexpr std::size_t most_media = 10;
constexpr std::size_t longest_callback = 4000;
constexpr int longest_validity = 36'000;
constexpr std::chrono::seconds soonest_schedule{900};
constexpr std::chrono::seconds latest_schedule{3'024'000};

/// What was asked for, before anybody believes it.
struct Draft {
    const http::Form& form;
    std::string to;
    std::string from;
    std::string service;
    std::string body;
    std::vector<std::string> media;
    bool as_mms = false;
};

using Verdict = std::optional<Problem>;
using Check = Verdict (*)(Draft& draft, const Account& account, Instant now);

Verdict refuse(int code, std::string message, int http = 400)
{
    return Problem{http, code, std::move(message), {}};
}

/// Magic numbers of Twilio's test credentials: all end in one digit after this.
bool is_magic(std::string_view number, char last)
{
    return number.size() == 12 && number.starts_with("+1500555000") && number.back() == last;
}

Verdict recipient_there(Draft& draft, const Account& /*account*/, Instant /*now*/)
{
    return draft.to.empty() ? refuse(21604, "A 'To' phone number is required.") : std::nullopt;
}

Verdict sender_there(Draft& draft, const Account& /*account*/, Instant /*now*/)
{
    return draft.from.empty() && draft.service.empty()
               ? refuse(21603, "A 'From' phone number is required.")
               : std::nullopt;
}

Verdict content_there(Draft& draft, const Account& /*account*/, Instant /*now*/)
{
    if (!draft.body.empty() || !draft.media.empty() ||
        !http::first(draft.form, "ContentSid").empty())
        return std::nullopt;
    if (http::contains(draft.form, "MediaUrl") || http::contains(draft.form, "ContentSid"))
        return refuse(21619, "A text message body or media urls must be specified.");
    return refuse(21602, "Message body is required.");
}

Verdict recipient_legible(Draft& draft, const Account& /*account*/, Instant /*now*/)
{
    if (phone::is_short_code(draft.to))
        return refuse(21265, fmt::format("'To' number cannot be a Short Code: {}", draft.to));
    // Taking numbers apart is most of what a create costs: only a national number asks for it.
    const std::string region = draft.to.starts_with('+') ? "" : phone::region_of(draft.from);
    const auto verdict = phone::recipient(draft.to, region.empty() ? "US" : region);
    if (!verdict.address || is_magic(draft.to, '1'))
        return refuse(21211,
                      fmt::format("The 'To' number {} is not a valid phone number.", draft.to));
    draft.to = verdict.address->text;
    if (is_magic(draft.to, '9'))
        return refuse(21614, fmt::format("To number: {}, is not a mobile number", draft.to));
    return std::nullopt;
}

Verdict sender_legible(Draft& draft, const Account& account, Instant /*now*/)
{
    if (!draft.service.empty() && !is_sid(draft.service, "MG"))
        return refuse(21705,
                      fmt::format("The Messaging Service Sid {} is invalid.", draft.service));
    if (draft.from.empty())
        return std::nullopt;
    if (account.by_address(draft.from) == nullptr) {
        const auto verdict = phone::sender(draft.from, "US");
        if (!verdict.address || is_magic(draft.from, '1'))
            return refuse(21212,
                          fmt::format("The 'From' number {} is not a valid phone number, "
                                      "shortcode, or alphanumeric sender ID.",
                                      draft.from));
        draft.from = verdict.address->text;
    }
    if (draft.from == draft.to)
        return refuse(21266,
                      fmt::format("'To' and 'From' number cannot be the same: {}", draft.to));
    return std::nullopt;
}

Verdict not_routable(const Draft& draft)
{
    return refuse(21612,
                  fmt::format("The 'To' phone number: {}, is not currently reachable using the "
                              "'From' phone number: {} via {}.",
                              draft.to,
                              draft.from,
                              draft.media.empty() ? "SMS" : "MMS"));
}

Verdict sender_owned(Draft& draft, const Account& account, Instant /*now*/)
{
    if (!draft.service.empty() && draft.service != account.service_sid())
        return refuse(21701, "The Messaging Service does not exist.", 404);
    if (draft.from.empty() || is_magic(draft.from, '8') ||
        phone::is_alphanumeric_sender(draft.from))
        return std::nullopt;
    const bool whatsapp = draft.from.starts_with("whatsapp:");
    const PhoneNumber* owned =
        account.by_address(whatsapp ? draft.from.substr(draft.from.find(':') + 1) : draft.from);
    if (whatsapp && owned == nullptr)
        return refuse(63007, "Twilio could not find a Channel with the specified From address");
    if (owned == nullptr || !owned->capabilities.sms)
        return refuse(21606,
                      fmt::format("The From phone number {} is not a valid, SMS-capable inbound "
                                  "phone number or short code for your account.",
                                  draft.from));
    if (!draft.media.empty() && !owned->capabilities.mms)
        return not_routable(draft);
    return std::nullopt;
}

Verdict recipient_willing(Draft& draft, const Account& account, Instant /*now*/)
{
    const PhoneNumber* chosen = account.service_sender(draft.to, !draft.media.empty());
    const std::string from = draft.from.empty() && chosen != nullptr ? chosen->address : draft.from;
    if (is_magic(draft.to, '4') || account.is_opted_out(from, draft.to))
        return recipient_opted_out();
    return std::nullopt;
}

Verdict region_open(Draft& draft, const Account& /*account*/, Instant /*now*/)
{
    if (is_magic(draft.to, '3'))
        return refuse(21408,
                      fmt::format("Permission to send an SMS has not been enabled for the region "
                                  "indicated by the 'To' number: {}",
                                  draft.to));
    // North America takes no alphanumeric senders.
    if (is_magic(draft.to, '2') ||
        (phone::is_alphanumeric_sender(draft.from) && draft.to.starts_with("+1")))
        return not_routable(draft);
    return std::nullopt;
}

Verdict queue_open(Draft& draft, const Account& /*account*/, Instant /*now*/)
{
    return is_magic(draft.from, '8') ? Verdict(queue_is_full()) : std::nullopt;
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

constexpr std::array<Check, 11> checks{recipient_there,
                                       sender_there,
                                       content_there,
                                       recipient_legible,
                                       sender_legible,
                                       sender_owned,
                                       recipient_willing,
                                       region_open,
                                       queue_open,
                                       within_limits,
                                       schedule_possible};

Draft draft_of(const http::Form& form)
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
    if (http::first(form, "SmartEncoded") == "true")
        draft.body =
            sms::count_segments(draft.body, sms::EncodingChoice::automatic, sms::SmartEncoding::on)
                .text;
    return draft;
}

/// By its ending; Twilio would ask the server behind the URL.
std::string content_type_of(std::string_view url)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> endings{
        {{".png", "image/png"},
         {".gif", "image/gif"},
         {".mp4", "video/mp4"},
         {".pdf", "application/pdf"},
         {".vcf", "text/vcard"}}};
    const auto* found = std::find_if(
        endings.begin(), endings.end(), [&](const auto& row) { return url.ends_with(row.first); });
    return std::string(found == endings.end() ? "image/jpeg" : found->second);
}

std::string first_status(const Draft& draft, bool scheduled)
{
    if (scheduled)
        return "scheduled";
    return draft.service.empty() ? "queued" : "accepted";
}

} // namespace

std::variant<Message, Problem> create_message(const http::Form& form, Account& account, Instant now)
{
    Draft draft = draft_of(form);
    for (const Check& check : checks)
        if (Verdict problem = check(draft, account, now))
            return *problem;

    Message message;
    const bool mms = draft.as_mms || !draft.media.empty();
    message.sid = account.sids().next(mms ? "MM" : "SM");
    message.direction = "outbound-api";
    message.to = draft.to;
    message.from = draft.from;
    message.body = draft.body;
    message.service_sid = draft.service;
    message.send_at = text::parse_rfc3339(http::first(form, "SendAt"));
    message.status = first_status(draft, message.send_at.has_value());
    message.status_callback = http::first(form, "StatusCallback");
    for (const std::string& url : draft.media)
        message.media.push_back({account.sids().next("ME"), url, content_type_of(url)});
    if (!draft.from.empty())
        message.segments = count_segments(message);
    message.created_at = now;
    message.updated_at = now;
    return message;
}

} // namespace smsctl::sim
