// A poll mostly shows what is known: a hundred thousand messages of which nothing changed must cost
// no write. So it is compared with what is stored first, and unlike a callback it leaves no event
// where it brings nothing new.
#include "updates/poll.hpp"

#include "store/polls.hpp"
#include "updates/apply.hpp"
#include "updates/details.hpp"
#include "updates/report.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::updates {

std::optional<sms::Event>
news_of(const providers::RemoteMessage& remote, sms::Message& message, Instant now)
{
    const auto next = remote.status ? sms::advance(message.status, *remote.status) : std::nullopt;
    const bool is_filled_in = take_details(message, report_of(remote), sms::EventSource::poll);
    if (!next && !is_filled_in)
        return std::nullopt;
    std::optional<sms::Event> event(std::in_place);
    event->kind = next ? sms::EventKind::status : sms::EventKind::change;
    event->source = sms::EventSource::poll;
    event->message_row = message.row;
    event->provider_id = remote.provider_id;
    event->status = remote.status_word;
    event->error_code = remote.failure ? remote.failure->code : "";
    if (!remote.status)
        event->reason = fmt::format("unknown status {}", remote.status_word);
    else if (!next)
        event->reason = "details filled in";
    event->created_at = now;
    if (next) {
        if (*next == sms::Status::delivered && remote.updated_at)
            message.delivered_at = remote.updated_at;
        reach(message, *next, now);
    }
    return event;
}

std::optional<sms::Event> enter_poll(store::Scope& scope,
                                     const providers::RemoteMessage& remote,
                                     sms::Message& message,
                                     std::int64_t seq,
                                     Instant now)
{
    store::Polls polls(scope);
    while (true) {
        const std::int64_t known_seq = message.seq;
        std::optional<sms::Event> event = news_of(remote, message, now);
        if (!event)
            return std::nullopt;
        message.seq = seq;
        if (polls.update(message, known_seq, now))
            return event;
        auto stored = polls.with_provider_ids({remote.provider_id});
        if (stored.empty()) // removed meanwhile
            return std::nullopt;
        message = std::move(stored.front());
    }
}

} // namespace smsctl::updates
