#include "updates/details.hpp"

namespace smsctl::updates {

namespace {

bool is_same(const std::optional<sms::Failure>& left, const sms::Failure& right)
{
    return left && left->code == right.code && left->text == right.text;
}

/// A late report must not rewrite the reason that another one settled the message with. One that
/// agrees on the status may add it, and a poll, which shows how things stand, may correct it.
bool may_say_why(const sms::Message& message,
                 const providers::StatusReport& report,
                 sms::EventSource source)
{
    if (report.status && sms::advance(message.status, *report.status))
        return true;
    const bool agrees = report.status == message.status;
    if (!message.failure)
        return agrees || !sms::is_final(message.status);
    return agrees && source == sms::EventSource::poll;
}

} // namespace

bool fill_in(sms::Message& message, const providers::StatusReport& report)
{
    bool changed = false;
    if (report.segments.value_or(0) > 0 && message.segments != *report.segments) {
        message.segments = *report.segments;
        changed = true;
    }
    if (report.price && (!message.price || message.price->micros != report.price->micros ||
                         message.price->currency != report.price->currency)) {
        message.price = report.price;
        changed = true;
    }
    const bool is_ours = message.direction == sms::Direction::outbound;
    if (is_ours && !message.sent_at && report.sent_at) {
        message.sent_at = report.sent_at;
        changed = true;
    }
    if (message.from.empty() && !report.from.empty()) {
        message.from = report.from;
        changed = true;
    }
    return changed;
}

bool take_details(sms::Message& message,
                  const providers::StatusReport& report,
                  sms::EventSource source)
{
    bool changed = false;
    if (report.failure && !is_same(message.failure, *report.failure) &&
        may_say_why(message, report, source)) {
        message.failure = report.failure;
        changed = true;
    }
    return fill_in(message, report) || changed;
}

bool says_news(const sms::Message& message,
               const providers::StatusReport& report,
               sms::EventSource source)
{
    sms::Message after = message;
    return (report.status && sms::advance(message.status, *report.status)) ||
           take_details(after, report, source);
}

} // namespace smsctl::updates
