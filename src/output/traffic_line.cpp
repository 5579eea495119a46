#include "output/traffic_line.hpp"

#include "core/money.hpp"
#include "output/printer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace smsctl::output {

namespace {

std::tm local_time(Instant at)
{
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    return fmt::localtime(seconds);
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

std::string ends_of(const sms::Message& message)
{
    const std::string& from = message.from.empty() ? message.messaging_service_id : message.from;
    return fmt::format("{} → {}", visible(from), visible(message.to));
}

/// `text` is the message's, made harmless.
std::string with_media(std::string text, const sms::Message& message)
{
    for (const sms::Media& media : message.media)
        text += fmt::format("{}[{}]",
                            text.empty() ? "" : " ",
                            visible(media.content_type.empty() ? media.url : media.content_type));
    return text;
}

std::string message_line(const sms::Event& event, const sms::Message& message, Colour colour)
{
    // What a poll brings was written when the provider says so.
    const bool is_polled = event.source == sms::EventSource::poll;
    return fmt::format("{:%m-%d %H:%M:%S}  {}  {}  {}",
                       local_time(is_polled ? message.created_at : event.created_at),
                       ends_of(message),
                       status_word(message.status, colour),
                       with_media(visible(message.body), message));
}

std::string call_line(const sms::Call& call)
{
    std::string line = fmt::format("{:%m-%d %H:%M:%S}  {} → {}  ☎ {}",
                                   local_time(call.created_at),
                                   visible(call.from),
                                   visible(call.to),
                                   visible(call.status));
    if (call.duration)
        line += fmt::format("  {}:{:02}", call.duration->count() / 60, call.duration->count() % 60);
    if (call.price)
        line += fmt::format("  {} {}", decimal(call.price->micros), visible(call.price->currency));
    return line;
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

std::string traffic_line(const sms::Event& event, const events::Subject& subject, Colour colour)
{
    const auto& message = subject.message;
    if (event.kind == sms::EventKind::message && message)
        return message_line(event, *message, colour);
    if (event.kind == sms::EventKind::call && subject.call)
        return call_line(*subject.call);
    std::string line = fmt::format("{:%m-%d %H:%M:%S}", local_time(event.created_at));
    if (message)
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

std::string
found_line(const sms::Message& message, const std::vector<std::string>& pieces, Colour colour)
{
    std::string text;
    for (std::size_t at = 0; at < pieces.size(); ++at)
        text += at % 2 == 1 && colour == Colour::on
                    ? fmt::format("\x1b[1;33m{}\x1b[0m", visible(pieces[at]))
                    : visible(pieces[at]);
    return fmt::format("{:%Y-%m-%d %H:%M}  {}  {}  {}  {}",
                       local_time(message.created_at),
                       message.id,
                       ends_of(message),
                       status_word(message.status, colour),
                       with_media(std::move(text), message));
}

} // namespace smsctl::output
