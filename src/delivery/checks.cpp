#include "delivery/checks.hpp"

#include "core/crypto.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"
#include "http/url.hpp"
#include "phone/e164.hpp"
#include "sms/quiet_hours.hpp"
#include "store/removals.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace smsctl::delivery {

namespace {

constexpr std::size_t most_body_units = 1600; // Twilio refuses more with 21617
constexpr std::size_t most_media = 10;        // and more media with 21623

/// UTF-16 units of valid UTF-8.
std::size_t utf16_units(std::string_view body)
{
    std::size_t units = 0;
    for (const char c : body) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0U) != 0x80U)
            units += byte >= 0xF0U ? 2 : 1;
    }
    return units;
}

void check_text(const std::string& body)
{
    if (!text::is_utf8(body))
        throw usage_error("usage.utf8",
                          "the text is not valid UTF-8",
                          "convert it first, for example with iconv -t UTF-8");
    if (body.find('\0') != std::string::npos)
        throw usage_error("usage.nul", "the text holds a NUL character", "remove it");
    if (const std::size_t units = utf16_units(body); units > most_body_units)
        throw usage_error(
            "usage.too_long",
            fmt::format("the text has {} characters; a message takes {}", units, most_body_units),
            "shorten it or send it in parts");
}

void check_media(const std::vector<std::string>& urls)
{
    if (urls.size() > most_media)
        throw usage_error("usage.media",
                          fmt::format("{} media; a message takes {}", urls.size(), most_media),
                          "send fewer");
    for (const std::string& url : urls)
        if (!http::parse_url(url))
            throw usage_error("usage.media",
                              fmt::format("{} is no http or https URL", url),
                              "the provider fetches media itself, from a public URL");
}

std::string
quiet_zone_of(const Workspace& workspace, const std::vector<std::string>& zones, Instant now)
{
    const auto hours = workspace.quiet_hours();
    return hours ? sms::quiet_zone(zones, hours->from, hours->to, now) : std::string();
}

} // namespace

void check_content(const Draft& draft, int workspace_max_segments, Verdict& verdict)
{
    if (draft.body.empty() && draft.media_urls.empty())
        throw usage_error("usage.empty_body",
                          "there is nothing to send",
                          "give a text with --message, --body-file or on stdin, or --media URL");
    check_text(draft.body);
    check_media(draft.media_urls);
    verdict.segments = sms::count_segments(draft.body, draft.encoding, draft.smart);
    if (!verdict.segments.encodable)
        throw usage_error(
            "usage.not_gsm7",
            fmt::format("{} is outside GSM-7", fmt::join(verdict.segments.outside_gsm7, " ")),
            "leave out --encoding gsm7, or try --smart");
    sms::Message& message = verdict.message;
    message.body = verdict.segments.text;
    for (const std::string& url : draft.media_urls)
        message.media.push_back({.url = url, .content_type = {}});
    message.encoding = verdict.segments.encoding;
    // With media it is one MMS, whatever the length of its text.
    message.segments =
        draft.media_urls.empty() ? static_cast<int>(verdict.segments.segments.size()) : 1;
    const int most = draft.max_segments.value_or(workspace_max_segments);
    if (message.segments > most) {
        const auto& culprit = verdict.segments.first_outside_gsm7;
        throw usage_error(
            "usage.max_segments",
            fmt::format(
                "the text takes {} segments; at most {} are allowed", message.segments, most),
            culprit ? fmt::format("'{}' (character {}) forces UCS-2, which holds 67 characters a "
                                  "segment; try --smart, or raise --max-segments",
                                  culprit->character,
                                  culprit->index + 1)
                    : "shorten it, or raise --max-segments");
    }
}

std::string content_hash_of(const Draft& draft, const std::string& recipient)
{
    std::string all;
    const auto add = [&all](std::string_view part) {
        all += fmt::format("{}:", part.size());
        all += part;
    };
    add(recipient);
    add(draft.from);
    add(draft.body);
    for (const std::string& url : draft.media_urls)
        add(url);
    return crypto::hex(crypto::sha256(all));
}

void check_key(const sms::Message& first, const std::string& content_hash)
{
    if (first.content_hash != content_hash)
        throw usage_error(
            "usage.key_reused",
            fmt::format("key {} belongs to {} with other content", first.key, first.id),
            "give a new message a key of its own");
}

void check_removed(store::Scope& scope, const sms::Message& message)
{
    const auto removed = store::Removals(scope).by_key(message.key);
    if (!removed)
        return;
    if (removed->content_hash != message.content_hash)
        throw usage_error(
            "usage.key_reused",
            fmt::format("key {} belonged to a removed message with other content", message.key),
            "give a new message a key of its own");
    throw Error(Exit::blocked,
                "blocked.duplicate",
                fmt::format("the message with the key {} was removed at {}; it is not sent again",
                            message.key,
                            text::rfc3339(removed->removed_at)),
                "give a new message a key of its own");
}

bool is_messaging_service(std::string_view sender)
{
    return sender.size() == 34 && sender.starts_with("MG") &&
           sender.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
}

std::string only_sender(const std::vector<sms::Number>& numbers, const std::string& workspace)
{
    std::vector<std::string> able;
    for (const sms::Number& number : numbers)
        if (number.capabilities.sms)
            able.push_back(number.address);
    if (able.size() == 1)
        return able.front();
    const std::string set_default = fmt::format(
        "smsctl workspace set {} from={}", workspace, able.empty() ? "+1…" : able.front());
    if (able.empty())
        throw usage_error("usage.no_sender",
                          fmt::format("workspace {} has no number to send from", workspace),
                          fmt::format("smsctl sync numbers, or {}", set_default));
    throw usage_error(
        "usage.several_senders",
        fmt::format("workspace {} can send from {}", workspace, fmt::join(able, ", ")),
        fmt::format("choose one with --from, or {}", set_default));
}

std::string owned_sender(const std::string& sender,
                         const Workspace& workspace,
                         const std::vector<sms::Number>& numbers,
                         bool with_media)
{
    const phone::AddressVerdict verdict = phone::sender(sender, workspace.region());
    if (!verdict.address)
        throw usage_error("usage.sender",
                          fmt::format("sender {} {}", sender, verdict.reason),
                          "smsctl number list shows what you can send from");
    const std::string& address = verdict.address->text;
    if (verdict.address->kind != phone::AddressKind::e164)
        return address;
    const auto own = std::find_if(numbers.begin(), numbers.end(), [&](const sms::Number& number) {
        return number.address == address;
    });
    if (own == numbers.end())
        throw usage_error(
            "usage.sender_not_owned",
            fmt::format("workspace {} does not own {}", workspace.name, address),
            "smsctl number list shows what it owns; smsctl sync numbers fetches news");
    if (!own->capabilities.sms && !(with_media && own->capabilities.mms))
        throw usage_error("usage.sender_cannot_text",
                          fmt::format("{} cannot send text messages", address),
                          "choose another number with --from");
    return address;
}

std::vector<std::string>
zones_of(const Workspace& workspace, const std::string& to, const std::string& contact_zone)
{
    if (!contact_zone.empty() || !workspace.quiet_hours())
        return {contact_zone};
    const std::string region = phone::region_of(to);
    return sms::zones_of_region(region.empty() ? workspace.region() : region);
}

std::optional<sms::Failure> quiet_hours_verdict(const Workspace& workspace,
                                                const std::string& to,
                                                const std::string& contact_zone,
                                                Instant now)
{
    const std::string zone = quiet_zone_of(workspace, zones_of(workspace, to, contact_zone), now);
    if (zone.empty())
        return std::nullopt;
    return sms::Failure{
        "blocked.quiet_hours",
        fmt::format(
            "quiet hours {} where {} may be ({})", workspace.setting("quiet-hours"), to, zone)};
}

std::optional<Instant>
quiet_until(const Workspace& workspace, const std::vector<std::string>& zones, Instant now)
{
    if (quiet_zone_of(workspace, zones, now).empty())
        return std::nullopt;
    // Hours are set in minutes, and no zone changes its clock within one.
    constexpr auto day = std::chrono::hours(24);
    Instant end = std::chrono::ceil<std::chrono::minutes>(now + Millis(1));
    while (end < now + day && !quiet_zone_of(workspace, zones, end).empty())
        end += std::chrono::minutes(1);
    return end;
}

Error past_error(Instant at)
{
    return usage_error("usage.past",
                       fmt::format("{} has passed", text::rfc3339(at)),
                       "leave out --at to send it now");
}

sms::Failure opt_out_verdict(const std::string& to, const store::OptOut& opt_out)
{
    return {"blocked.opt_out",
            fmt::format("{} opted out of {} on {}{}",
                        to,
                        opt_out.our_address.empty() ? "every sender" : opt_out.our_address,
                        text::iso_date(opt_out.created_at),
                        opt_out.reason.empty() ? "" : fmt::format(" (\"{}\")", opt_out.reason))};
}

} // namespace smsctl::delivery
