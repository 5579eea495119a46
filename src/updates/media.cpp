#include "updates/media.hpp"

#include "sms/event.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"

#include <fmt/format.h>

namespace smsctl::updates {

void enter_media(store::Scope& scope,
                 std::int64_t message_row,
                 std::size_t position,
                 const std::string& path,
                 const std::string& problem,
                 Instant now)
{
    store::Messages messages(scope);
    auto message = messages.by_row(message_row);
    if (!message) // removed meanwhile
        return;
    messages.set_media_file(message_row, position, path, problem);
    sms::Event event;
    event.kind = sms::EventKind::change;
    event.source = sms::EventSource::command;
    event.message_row = message->row;
    event.message_id = message->id;
    event.provider_id = message->provider_id;
    event.reason = problem.empty() ? fmt::format("medium {} is in {}", position, path)
                                   : fmt::format("medium {}: {}", position, problem);
    event.created_at = now;
    message->seq = store::EventLog(scope).append(event);
    messages.update(*message);
}

} // namespace smsctl::updates
