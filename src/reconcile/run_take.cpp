#include "reconcile/run.hpp"
#include "store/messages.hpp"
#include "updates/report.hpp"

#include <algorithm>
#include <utility>

namespace smsctl::reconcile {

bool Run::is_missed(const providers::RemoteMessage& remote)
{
    return remote.direction == sms::Direction::inbound && m_numbers.contains(remote.to) &&
           remote.created_at.value_or(Instant()) >= m_inbound_from &&
           !m_fetched.contains(remote.provider_id) &&
           store::Messages(m_scope).row_of_provider_id(remote.provider_id) == 0;
}

void Run::take(const std::vector<providers::RemoteMessage>& news)
{
    struct Missed {
        const providers::RemoteMessage* remote;
        std::vector<sms::Media> media;
    };
    std::vector<Missed> missed; // media is asked for before the transaction begins
    for (const providers::RemoteMessage& remote : news) {
        if (!is_missed(remote))
            continue;
        Missed one{&remote, {}};
        if (remote.media_count > 0) {
            if (!may_ask())
                continue;
            one.media = m_provider.media(remote.provider_id);
        }
        missed.push_back(std::move(one));
    }
    std::reverse(missed.begin(), missed.end()); // the oldest first, as webhooks would have come

    std::vector<updates::Applied> changes;
    std::optional<store::Transaction> transaction;
    if (!m_options.dry_run)
        transaction.emplace(m_scope.database().connection());
    for (const providers::RemoteMessage& remote : news)
        if (const auto open = m_open.find(remote.provider_id);
            open != m_open.end() && !open->second.asked)
            take_status(remote, open->second, changes);
    for (Missed& one : missed) {
        updates::Applied applied = take_inbound(*one.remote, std::move(one.media));
        if (applied.event.kind == sms::EventKind::message) {
            ++m_summary.inbound;
            m_fetched.insert(one.remote->provider_id);
            changes.push_back(std::move(applied));
        }
    }
    if (transaction)
        transaction->commit();
    for (const updates::Applied& change : changes)
        m_on_change(change);
}

void Run::take_status(const providers::RemoteMessage& remote,
                      Open& open,
                      std::vector<updates::Applied>& changes)
{
    open.asked = true;
    ++m_summary.checked;
    updates::Applied applied;
    if (m_options.dry_run) {
        applied = rehearse(remote, open);
    } else {
        updates::Updates updates(m_scope, m_clock);
        applied = updates.apply(remote, sms::EventSource::poll);
        store::Messages(m_scope).set_polled(open.message.row, m_clock.now());
    }
    if (applied.message)
        open.message = *applied.message;
    if (applied.event.kind == sms::EventKind::status) {
        ++m_summary.changed;
        if (sms::is_failure(open.message.status))
            ++m_summary.became_failures;
    }
    if (applied.event.kind != sms::EventKind::unchanged)
        changes.push_back(std::move(applied));
}

updates::Applied Run::take_inbound(const providers::RemoteMessage& remote,
                                   std::vector<sms::Media> media)
{
    providers::InboundMessage inbound = updates::inbound_of(remote);
    inbound.account_id = m_scope.workspace().account_id;
    inbound.media = std::move(media);
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
    message.media = inbound.media;
    message.segments = inbound.segments;
    message.status = sms::Status::received;
    message.provider = m_scope.workspace().provider;
    message.provider_id = inbound.provider_id;
    message.created_at = message.status_at = remote.created_at.value_or(m_clock.now());
    return applied;
}

/// What applying would do, with nothing written.
updates::Applied Run::rehearse(const providers::RemoteMessage& remote, const Open& open) const
{
    updates::Applied applied;
    applied.event.kind = sms::EventKind::unchanged;
    applied.event.source = sms::EventSource::poll;
    applied.event.message_row = open.message.row;
    applied.event.message_id = open.message.id;
    applied.event.provider_id = remote.provider_id;
    applied.event.status = remote.status_word;
    applied.event.created_at = m_clock.now();
    applied.message = open.message;
    if (const auto next =
            remote.status ? sms::advance(open.message.status, *remote.status) : std::nullopt) {
        applied.event.kind = sms::EventKind::status;
        applied.message->status = *next;
        applied.message->status_at = m_clock.now();
        applied.message->failure = remote.failure;
    }
    return applied;
}

} // namespace smsctl::reconcile
