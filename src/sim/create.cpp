#include "sim/create.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"
#include "phone/e164.hpp"
#include "phone/spelling.hpp"
#include "sim/draft.hpp"
#include "sim/media_content.hpp"

#include <fmt/format.h>

#include <array>

namespace smsctl::sim {

namespace {

using Check = Verdict (*)(Draft& draft, const Account& account, Instant now);

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

Verdict service_able(const Draft& draft, const MessagingService& service, const Account& account)
{
    if (service.senders.empty())
        return refuse(21704, "The Messaging Service contains no phone numbers.");
    if (account.service_sender(service.sid, draft.to, !draft.media.empty()) == nullptr)
        return refuse(21703, "The Messaging Service has no sender that can reach the recipient.");
    return std::nullopt;
}

Verdict sender_owned(Draft& draft, const Account& account, Instant /*now*/)
{
    const MessagingService* service = account.service(draft.service);
    if (!draft.service.empty() && service == nullptr)
        return refuse(21701, "The Messaging Service does not exist.", 404);
    if (service != nullptr && draft.from.empty())
        return service_able(draft, *service, account);
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
    if (service != nullptr && !service->has_sender(owned->sid))
        return refuse(21711, "The From number is not in the Messaging Service.");
    if (!draft.media.empty() && !owned->capabilities.mms)
        return not_routable(draft);
    return std::nullopt;
}

Verdict recipient_willing(Draft& draft, const Account& account, Instant /*now*/)
{
    const std::string& from = draft.from.empty() ? draft.service : draft.from;
    if (is_magic(draft.to, '4') || account.is_opted_out(from, draft.to))
        return recipient_opted_out();
    const Policy& policy = account.policy();
    if (policy.trial && !policy.verified.contains(draft.to))
        return refuse(21608,
                      fmt::format("The number {} is unverified. Trial accounts cannot send "
                                  "messages to unverified numbers; verify {}.",
                                  draft.to,
                                  draft.to));
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

Verdict queue_open(Draft& draft, const Account& account, Instant now)
{
    return is_magic(draft.from, '8') || account.queues().is_full(draft.from, account.policy(), now)
               ? Verdict(queue_is_full())
               : std::nullopt;
}

constexpr std::array<Check, 12> checks{recipient_there,
                                       sender_there,
                                       content_there,
                                       recipient_legible,
                                       sender_legible,
                                       sender_owned,
                                       recipient_willing,
                                       region_open,
                                       queue_open,
                                       within_limits,
                                       options_possible,
                                       schedule_possible};

std::string first_status(const Draft& draft, bool scheduled)
{
    if (scheduled)
        return "scheduled";
    return draft.service.empty() ? "queued" : "accepted";
}

} // namespace

std::variant<Message, Problem> create_message(const http::Form& form, Account& account, Instant now)
{
    Draft draft = draft_of(form, account);
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
    if (const MessagingService* service = account.service(draft.service)) {
        message.validity = std::chrono::seconds(service->validity_period);
        if (message.status_callback.empty())
            message.status_callback = service->setting("status_callback");
    }
    if (const auto seconds = text::to_integer(http::first(form, "ValidityPeriod")))
        message.validity = std::chrono::seconds(*seconds);
    for (const std::string& url : draft.media)
        message.media.push_back({account.sids().next("ME"), url, media_type(url)});
    if (!draft.from.empty())
        message.segments = count_segments(message);
    message.created_at = now;
    message.updated_at = now;
    return message;
}

} // namespace smsctl::sim
