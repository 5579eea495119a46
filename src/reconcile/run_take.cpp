// Entering what a page or some lookups brought, in one transaction: statuses, missed inbound
// messages, and what is known by it of the times that were looked at.
#include "reconcile/run.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/polls.hpp"
#include "store/removals.hpp"
#include "updates/poll.hpp"
#include "updates/report.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace smsctl::reconcile {

bool Run::is_missed(const providers::RemoteMessage& remote) const
{
    return remote.direction == sms::Direction::inbound && m_numbers.contains(remote.to) &&
           m_looked_for.contains(updates::made_at(remote)) &&
           !m_fetched.contains(remote.provider_id) &&
           store::Messages(m_scope).row_of_provider_id(remote.provider_id) == 0 &&
           !store::Removals(m_scope).had_provider_id(remote.provider_id);
}

void Run::take(News& news)
{
    if (!hold_lease())
        return;
    std::vector<updates::Applied> changes;
    changes.reserve(news.messages.size());
    if (m_options.dry_run) {
        enter(news, changes);
    } else {
        store::Transaction transaction = m_scope.begin_patiently();
        enter(news, changes);
        store::Polls(m_scope).set_polled(std::exchange(m_polled, {}), m_clock.now());
        if (news.covers.from < news.covers.to) {
            m_gaps.subtract(news.covers);
            save_gaps();
        }
        save_places();
        transaction.commit();
    }
    news.messages.clear();
    news.known.clear();
    for (const updates::Applied& change : changes)
        count(change);
    hand_out(changes);
}

void Run::enter(News& news, std::vector<updates::Applied>& changes)
{
    look_again(news);
    const std::int64_t first_seq = store::EventLog(m_scope).next_seq();
    std::vector<const providers::RemoteMessage*> missed;
    for (std::size_t i = 0; i < news.messages.size(); ++i) {
        const providers::RemoteMessage& remote = news.messages[i];
        sms::Message& known = news.known[i];
        if (known.row == 0) {
            m_in_doubt.offer(remote);
            if (is_missed(remote))
                missed.push_back(&remote);
        } else if (known.direction == sms::Direction::outbound) {
            const std::int64_t seq = first_seq + static_cast<std::int64_t>(changes.size());
            enter_status(remote, known, seq, changes);
        }
    }
    if (!m_options.dry_run)
        log_changes(changes);
    // The oldest first, as webhooks would have come.
    for (auto remote = missed.rbegin(); remote != missed.rend(); ++remote)
        enter_missed(**remote, news, changes);
}

/// For what nobody has looked for yet, or was not there when they did.
void Run::look_again(News& news)
{
    news.known.resize(news.messages.size());
    std::vector<std::size_t> places;
    std::vector<std::string_view> ids;
    for (std::size_t i = 0; i < news.messages.size(); ++i)
        if (news.known[i].row == 0) {
            places.push_back(i);
            ids.push_back(news.messages[i].provider_id);
        }
    std::vector<sms::Message> outlines = outlines_of(m_scope, ids);
    for (std::size_t i = 0; i < places.size(); ++i)
        news.known[places[i]] = std::move(outlines[i]);
}

void Run::enter_status(const providers::RemoteMessage& remote,
                       sms::Message& outline,
                       std::int64_t seq,
                       std::vector<updates::Applied>& changes)
{
    const bool was_wanted = m_wanted.answered(outline.row);
    m_summary.checked += was_wanted ? 1 : 0;
    // Listening backfills inbound messages and leaves the rest to whoever reconciles. What a dry
    // run has shown would be shown again by the next page that has it.
    const bool is_for_all =
        m_options.statuses && m_options.message_rows.empty() && !m_options.dry_run;
    if (!was_wanted && !is_for_all)
        return;
    const std::int64_t row = outline.row;
    const Instant now = m_clock.now();
    std::optional<sms::Event> event = m_options.dry_run
                                          ? updates::news_of(remote, outline, now)
                                          : updates::enter_poll(m_scope, remote, outline, seq, now);
    if (event)
        changes.emplace_back(*std::move(event), std::move(outline));
    else if (was_wanted)
        m_polled.push_back(row);
}

void Run::log_changes(std::vector<updates::Applied>& changes)
{
    std::vector<sms::Event*> events;
    for (updates::Applied& change : changes)
        events.push_back(&change.event);
    store::EventLog(m_scope).append(events);
}

void Run::enter_missed(const providers::RemoteMessage& remote,
                       News& news,
                       std::vector<updates::Applied>& changes)
{
    providers::InboundMessage inbound = updates::inbound_of(remote);
    inbound.account_id = m_scope.workspace().account_id;
    if (const auto media = news.media.find(remote.provider_id); media != news.media.end())
        inbound.media = std::move(media->second);
    updates::Applied applied = apply_missed(remote, std::move(inbound));
    if (applied.event.kind != sms::EventKind::message)
        return;
    m_fetched.insert(remote.provider_id);
    changes.push_back(std::move(applied));
}

updates::Applied Run::apply_missed(const providers::RemoteMessage& remote,
                                   providers::InboundMessage inbound)
{
    updates::Applied applied;
    if (!m_options.dry_run) {
        updates::Updates updates(
            m_scope, m_clock, m_options.request_of ? m_options.request_of(inbound) : std::string());
        applied = updates.apply(inbound, sms::EventSource::poll, remote.payload, remote.created_at);
        if (m_options.on_entered && applied.event.kind == sms::EventKind::message)
            m_options.on_entered(applied, inbound);
        return applied;
    }
    applied.event.kind = sms::EventKind::message;
    applied.event.source = sms::EventSource::poll;
    applied.event.provider_id = remote.provider_id;
    applied.event.created_at = m_clock.now();
    sms::Message& message = applied.message.emplace();
    message.direction = sms::Direction::inbound;
    message.from = inbound.from;
    message.to = inbound.to;
    message.body = inbound.body;
    message.media = std::move(inbound.media);
    message.segments = inbound.segments;
    message.status = sms::Status::received;
    message.provider = m_scope.workspace().provider;
    message.provider_id = inbound.provider_id;
    message.created_at = message.status_at = remote.created_at.value_or(m_clock.now());
    return applied;
}

/// A change of what a poll compares has no texts yet.
void Run::hand_out(std::vector<updates::Applied>& changes)
{
    store::Messages messages(m_scope);
    for (updates::Applied& change : changes) {
        const bool is_outline = change.message && change.message->to.empty();
        if (is_outline && m_options.whole_messages) {
            auto whole = messages.by_row(change.message->row);
            if (whole && m_options.dry_run) {
                whole->status = change.message->status;
                whole->status_at = change.message->status_at;
                whole->failure = change.message->failure;
                whole->price = change.message->price;
                whole->segments = change.message->segments;
                whole->sent_at = change.message->sent_at;
                whole->delivered_at = change.message->delivered_at;
            }
            if (whole)
                change.event.message_id = whole->id;
            change.message = std::move(whole);
        }
        m_on_change(change);
    }
}

void Run::count(const updates::Applied& applied)
{
    const bool is_new = applied.event.kind == sms::EventKind::message;
    const bool has_moved = applied.event.kind == sms::EventKind::status;
    m_summary.inbound += is_new ? 1 : 0;
    m_summary.changed += has_moved ? 1 : 0;
    if (!has_moved || !applied.message || !sms::is_final(applied.message->status))
        return;
    m_summary.became_failures += sms::is_failure(applied.message->status) ? 1 : 0;
    m_rehearsed_final += m_options.dry_run ? 1 : 0;
}

} // namespace smsctl::reconcile
