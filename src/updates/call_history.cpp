#include "updates/call_history.hpp"

#include "core/id.hpp"
#include "sms/event.hpp"
#include "store/calls.hpp"
#include "store/conversations.hpp"
#include "store/event_log.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl::updates {

namespace {

/// How long a price may be late.
constexpr Millis settles_in = std::chrono::hours(24) * 7;
/// Whose number was withheld.
constexpr std::string_view anonymous = "anonymous";

std::string seconds_text(const std::optional<std::chrono::seconds>& duration)
{
    return duration ? fmt::to_string(duration->count()) : std::string();
}

std::vector<FieldDifference> differences_between(const sms::Call& before, const sms::Call& after)
{
    std::vector<FieldDifference> fields;
    compare(fields, "status", before.status, after.status);
    compare(fields, "duration", seconds_text(before.duration), seconds_text(after.duration));
    compare(fields, "price", price_text(before.price), price_text(after.price));
    return fields;
}

/// `before` with what the provider's list says of it now. Another look at it may have come here
/// first and be the later one: a call that has ended goes on no more.
sms::Call merged(const sms::Call& before, const sms::Call& listed)
{
    sms::Call after = before;
    if (!sms::is_under_way(before.status) && sms::is_under_way(listed.status))
        return after;
    after.status = listed.status;
    after.duration = listed.duration ? listed.duration : before.duration;
    after.price = listed.price ? listed.price : before.price;
    after.started_at = listed.started_at ? listed.started_at : before.started_at;
    after.ended_at = listed.ended_at ? listed.ended_at : before.ended_at;
    return after;
}

} // namespace

CallHistory::CallHistory(store::Scope& scope, providers::Provider& provider, const Clock& clock)
    : m_scope(scope), m_provider(provider), m_clock(clock)
{
}

HistoryPage CallHistory::read(std::string_view page)
{
    providers::CallPage listed = m_provider.list_calls(page);
    m_page = std::move(listed.calls);
    for (sms::Call& call : m_page) {
        for (std::string* end : {&call.from, &call.to})
            if (end->empty())
                *end = anonymous;
        if (call.created_at == Instant()) // it has only just been asked for
            call.created_at = m_clock.now();
    }
    HistoryPage result{m_page.size(), {}, {}, std::move(listed.next)};
    if (!m_page.empty()) {
        result.newest = m_page.front().created_at;
        result.oldest = m_page.back().created_at;
    }
    return result;
}

std::vector<Difference> CallHistory::enter(Instant from)
{
    std::vector<Difference> differences;
    store::Calls calls(m_scope);
    // NOLINTNEXTLINE(modernize-loop-convert): backwards, the oldest first
    for (auto listed = m_page.rbegin(); listed != m_page.rend(); ++listed) {
        if (listed->created_at < from)
            continue;
        if (auto known = calls.by_provider_id(listed->provider_id)) {
            update(*listed, *known, differences);
            continue;
        }
        sms::Call call = *listed;
        add(call);
        differences.push_back(
            {DifferenceKind::added, call.id, sms::their_end(call), call.provider_id, {}});
    }
    return differences;
}

void CallHistory::add(sms::Call& call)
{
    const Instant now = m_clock.now();
    const sms::Contact contact =
        store::Contacts(m_scope).find_or_create(sms::their_end(call), {}, now);
    const auto conversation =
        store::Conversations(m_scope).find_or_create(contact.row, sms::our_end(call), now);
    call.id = new_id("call", now);
    call.conversation_row = conversation.row;
    call.conversation_id = conversation.id;
    store::Calls calls(m_scope);
    calls.insert(call);
    call.seq = log(call, true, {});
    calls.update(call);
}

void CallHistory::update(const sms::Call& listed,
                         sms::Call& call,
                         std::vector<Difference>& differences)
{
    sms::Call after = merged(call, listed);
    auto fields = differences_between(call, after);
    if (fields.empty())
        return;
    const bool moved_on = after.status != call.status;
    after.seq = log(after, moved_on, moved_on ? "" : "details filled in");
    store::Calls(m_scope).update(after);
    differences.push_back({DifferenceKind::changed,
                           after.id,
                           sms::their_end(after),
                           after.provider_id,
                           std::move(fields)});
}

std::int64_t CallHistory::log(const sms::Call& call, bool is_news, std::string reason)
{
    sms::Event event;
    event.kind = is_news ? sms::EventKind::call : sms::EventKind::change;
    event.source = sms::EventSource::poll;
    event.provider_id = call.provider_id;
    event.status = call.status;
    event.reason = std::move(reason);
    event.created_at = m_clock.now();
    return store::EventLog(m_scope).append(event);
}

std::optional<Instant> CallHistory::unsettled_since()
{
    return store::Calls(m_scope).oldest_unsettled(m_clock.now() - settles_in);
}

} // namespace smsctl::updates
