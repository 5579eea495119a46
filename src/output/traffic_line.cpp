#include "output/traffic_line.hpp"

#include "output/printer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace smsctl::output {

namespace {

std::string local_time(Instant at)
{
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    return fmt::format("{:%m-%d %H:%M:%S}", fmt::localtime(seconds));
}

std::string_view colour_of(sms::Status status)
{
    if (sms::is_failure(status) || status == sms::Status::blocked)
        return "31";
    switch (status) {
    case sms::Status::delivered:
    case sms::Status::read:
        return "32";
    case sms::Status::received:
        return "36";
    case sms::Status::in_doubt:
        return "33";
    default:
        return "2";
    }
}

std::string status_word(sms::Status status, Colour colour)
{
    std::string text = fmt::format("{} {}", icon(status), word(status));
    if (colour == Colour::off)
        return text;
    return fmt::format("\x1b[{}m{}\x1b[0m", colour_of(status), text);
}

std::string text_of(const sms::Message& message)
{
    std::string text = visible(message.body);
    for (const sms::Media& media : message.media)
        text += fmt::format("{}[{}]",
                            text.empty() ? "" : " ",
                            visible(media.content_type.empty() ? media.url : media.content_type));
    return text;
}

} // namespace

std::string_view icon(sms::Status status)
{
    switch (status) {
    case sms::Status::delivered:
    case sms::Status::read:
        return "✓✓";
    case sms::Status::sent:
        return "✓";
    case sms::Status::received:
        return "←";
    case sms::Status::in_doubt:
        return "?";
    case sms::Status::blocked:
    case sms::Status::canceled:
        return "✗";
    default:
        return sms::is_failure(status) ? "✗" : "…";
    }
}

std::string traffic_line(const sms::Event& event, const sms::Message* message, Colour colour)
{
    const std::string when = local_time(event.created_at);
    if (event.kind == sms::EventKind::message && message != nullptr)
        return fmt::format(
            "{}  {} {} {}  {}  {}",
            when,
            visible(message->from.empty() ? message->messaging_service_id : message->from),
            "→",
            visible(message->to),
            status_word(message->status, colour),
            text_of(*message));
    std::string line = when;
    if (message != nullptr)
        line += fmt::format("  {} → {}", visible(message->from), visible(message->to));
    else if (!event.provider_id.empty())
        line += "  " + visible(event.provider_id);
    if (event.kind == sms::EventKind::status) {
        const auto status = sms::parse_status(event.status);
        line += "  " + (status ? status_word(*status, colour) : visible(event.status));
    } else {
        line += fmt::format("  {}", word(event.kind));
        if (!event.status.empty())
            line += " " + visible(event.status);
    }
    if (!event.error_code.empty())
        line += "  error " + visible(event.error_code);
    if (!event.reason.empty())
        line += fmt::format("  ({})", visible(event.reason));
    return line;
}

} // namespace smsctl::output
