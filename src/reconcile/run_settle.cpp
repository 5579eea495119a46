// Ending doubts: first every list that can show one of them is read to where the oldest can have
// been made, then each is judged. Whatever was not read to its end decides nothing.
#include "reconcile/run.hpp"
#include "store/polls.hpp"
#include "updates/settlement.hpp"

#include <algorithm>
#include <utility>

namespace smsctl::reconcile {

void Run::settle()
{
    if (m_in_doubt.empty())
        return;
    search();
    if (m_searched.empty()) // by a limit or a signal: nobody knows what was not read
        return;
    std::vector<updates::Applied> changes;
    {
        std::optional<store::Transaction> transaction;
        if (!m_options.dry_run) {
            if (!hold_lease())
                return;
            transaction.emplace(m_scope.database().connection());
        }
        for (const Finding& finding : m_in_doubt.findings())
            if (const sms::Message& message = finding.doubt->message;
                m_searched.contains({message.from, message.to}))
                settle(finding, changes);
        if (transaction) {
            store::Polls(m_scope).set_polled(std::exchange(m_polled, {}), m_clock.now());
            transaction->commit();
        }
    }
    for (const updates::Applied& change : changes) {
        count(change);
        m_summary.settled += change.event.kind == sms::EventKind::status ? 1 : 0;
    }
    hand_out(changes);
}

/// One list of the whole account, or one for each sender and recipient, whichever is fewer. Without
/// a date in the filter: what was not sent yet has none. With a limit the list of all, which is
/// read from its beginning each time, may turn out too long: so it is only tried in others' turns.
void Run::search()
{
    auto pairs = m_in_doubt.pairs();
    const Instant oldest = m_in_doubt.oldest();
    const auto begin_search = [&](const Span& span, std::vector<InDoubt::Pair> shows) {
        const auto list = std::make_shared<Walk>();
        list->span = span;
        list->is_searched = true;
        list->on_end = [this, shows = std::move(shows)] {
            for (const InDoubt::Pair& pair : shows)
                m_searched.emplace(pair.from, pair.to);
        };
        return list;
    };
    const auto share = static_cast<std::size_t>(share_of(Part::doubts));
    const std::size_t expected_count = store::Polls(m_scope).count(oldest, Instant::max());
    const bool fits =
        m_options.max_requests == 0 ||
        (m_turn != Part::doubts && pairs.size() > share && 2 * pages_for(expected_count) <= share);
    if (fits && pages_are_cheaper(pairs.size(), expected_count)) {
        const auto list = begin_search({oldest, Instant::max()}, std::move(pairs));
        list->is_of_all = true;
        begin(list, "");
    } else {
        m_summary.stopped_early |= pairs.size() > share;
        pairs.resize(std::min(pairs.size(), share));
        for (const InDoubt::Pair& pair : pairs) {
            const auto list = begin_search({pair.since, Instant::max()}, {pair});
            list->filter.from = pair.from;
            list->filter.to = pair.to;
            begin(list, "");
        }
    }
    m_asker->run();
}

void Run::settle(const Finding& finding, std::vector<updates::Applied>& changes)
{
    const std::int64_t row = finding.doubt->message.row;
    ++m_summary.checked;
    m_polled.push_back(row);
    if (finding.what == Finding::What::absent && !m_in_doubt.is_visible(*finding.doubt, m_began_at))
        return;
    if (m_options.dry_run) {
        changes.push_back(rehearse(finding));
        return;
    }
    std::optional<updates::Applied> applied;
    switch (finding.what) {
    case Finding::What::adopt:
        applied = updates::adopt(m_scope, m_clock, row, *finding.remote, finding.evidence);
        break;
    case Finding::What::absent:
        applied = updates::plan_again(m_scope, m_clock, row, finding.evidence);
        break;
    case Finding::What::several:
        applied = updates::stay_in_doubt(m_scope, m_clock, row, finding.evidence);
        break;
    }
    if (applied)
        changes.push_back(*std::move(applied));
}

updates::Applied Run::rehearse(const Finding& finding) const
{
    updates::Applied applied;
    applied.message = finding.doubt->message;
    applied.event.source = sms::EventSource::poll;
    applied.event.kind = sms::EventKind::status;
    applied.event.reason = finding.evidence;
    applied.event.created_at = m_clock.now();
    applied.message->failure.reset();
    switch (finding.what) {
    case Finding::What::adopt:
        applied.message->provider_id = finding.remote->provider_id;
        applied.message->status = finding.remote->status.value_or(sms::Status::accepted);
        break;
    case Finding::What::absent:
        applied.message->status = sms::Status::planned;
        break;
    case Finding::What::several:
        applied.event.kind = sms::EventKind::change;
        applied.message->failure = sms::Failure{"in_doubt", finding.evidence};
        break;
    }
    return applied;
}

} // namespace smsctl::reconcile
