// What a run begins with: which messages are due, and since when nobody looked for inbound ones;
// and what of that it leaves to the next run.
#include "core/time_text.hpp"
#include "reconcile/run.hpp"
#include "store/leases.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"
#include "store/polls.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace smsctl::reconcile {

namespace {

constexpr std::string_view inbound_cursor = "reconcile.inbound";
constexpr std::string_view gaps_cursor = "reconcile.gaps";
constexpr std::string_view price_cursor = "reconcile.prices";
/// How much of the last look is looked at again: messages appear in lists a while after their time.
constexpr Millis overlap = std::chrono::minutes(10);
/// Prices come late and are many: they are not looked for in every run of a busy cron.
constexpr Millis price_pause = std::chrono::hours(1);
constexpr Millis price_horizon = std::chrono::days(9);

} // namespace

void Run::gather()
{
    gather_open();
    m_wanted.seal();
    gather_inbound();
}

void Run::gather_open()
{
    store::Polls polls(m_scope);
    for (const std::int64_t row : m_options.message_rows)
        if (const auto candidate = polls.find(row)) {
            const sms::Message message = store::Messages(m_scope).by_row(row).value();
            if (candidate->is_in_doubt || !sms::is_final(message.status) || !message.price)
                want(*candidate);
        }
    if (!m_options.message_rows.empty() || !m_options.statuses)
        return;
    store::PollQuery query;
    query.batch_row = m_options.batch_row;
    if (m_options.made_since)
        query.since = m_began_at - *m_options.made_since;
    if (m_options.older_than)
        query.before = m_began_at - *m_options.older_than;
    const bool all = m_options.older_than.has_value();
    const auto consider = [&](const store::PollCandidate& each) {
        if (all || is_wanted(each))
            want(each);
    };
    m_prices_asked = all || is_price_time();
    if (m_prices_asked) {
        store::PollQuery recent = query;
        recent.since = std::max(query.since, m_began_at - price_horizon);
        polls.each_open_or_unpriced(recent, consider);
        query.before = std::min(query.before, recent.since);
    }
    polls.each_open(query, consider);
}

bool Run::is_wanted(const store::PollCandidate& each) const
{
    if (!each.is_open)
        return is_price_due(each, m_began_at);
    const Instant shown_by = each.status_at + m_scope.workspace().visibility_delay();
    const bool is_decidable =
        each.is_in_doubt && shown_by <= m_began_at && each.polled_at < shown_by;
    return is_decidable || is_due(each, m_began_at);
}

bool Run::is_price_time()
{
    const auto last = text::parse_rfc3339(store::Cursors(m_scope).get(price_cursor));
    return !last || *last + price_pause <= m_began_at;
}

void Run::want(const store::PollCandidate& candidate)
{
    if (!candidate.is_in_doubt)
        m_wanted.add(candidate.row,
                     candidate.is_sent ? candidate.sent_at : candidate.waits_until,
                     candidate.polled_at);
    else if (m_options.settle)
        m_in_doubt.add(store::Messages(m_scope).by_row(candidate.row).value(), candidate.polled_at);
}

void Run::gather_inbound()
{
    if (!m_options.inbound || !m_options.message_rows.empty())
        return;
    for (const sms::Number& number : store::Numbers(m_scope).list(false))
        m_numbers.insert(number.address);
    if (m_numbers.empty())
        return;
    store::Cursors cursors(m_scope);
    const auto looked_until = text::parse_rfc3339(cursors.get(inbound_cursor));
    const Instant given_up = m_began_at - std::max(m_options.since, Options().since);
    Gaps due = Gaps::parse(cursors.get(gaps_cursor));
    due.add({looked_until ? *looked_until - overlap : given_up, Instant::max()});
    due.subtract({Instant::min(), given_up});
    if (m_options.from_the_start) {
        const Span asked{m_began_at - m_options.since, Instant::max()};
        m_gaps.add(asked);
        due.subtract(asked);
        m_later = std::move(due);
    } else {
        m_gaps = std::move(due);
    }
    m_looked_for = m_gaps;
}

void Run::save_price_time()
{
    if (m_prices_asked)
        store::Cursors(m_scope).set(price_cursor, text::rfc3339(m_began_at));
}

/// Never beyond what the provider itself has dated: our clock may be ahead of its. In the
/// transaction of the page that closed a gap.
void Run::save_gaps()
{
    if (m_numbers.empty() || m_options.dry_run)
        return;
    store::Cursors cursors(m_scope);
    auto until = text::parse_rfc3339(cursors.get(inbound_cursor));
    const auto newest = m_newest ? std::optional(std::min(m_began_at, *m_newest)) : std::nullopt;
    if (!until && !newest)
        return;
    if (newest && (!until || *until < *newest)) {
        until = newest;
        cursors.set(inbound_cursor, text::rfc3339(*until));
    }
    Gaps gaps = m_gaps;
    for (const Span& span : m_later.spans())
        gaps.add(span);
    gaps.subtract({*until, Instant::max()});
    cursors.set(gaps_cursor, gaps.text());
}

/// What the provider will say no more about: its last stage is kept with the event.
void Run::expire()
{
    const Millis horizon = m_provider.status_horizon();
    const auto rows = store::Polls(m_scope).given_up(m_began_at - horizon, m_began_at);
    if (rows.empty())
        return;
    store::Transaction transaction = m_scope.begin_patiently();
    store::Messages messages(m_scope);
    std::vector<updates::Applied> changes;
    for (const std::int64_t row : rows) {
        sms::Message message = messages.by_row(row).value();
        sms::Event event;
        event.source = sms::EventSource::poll;
        event.provider_id = message.provider_id;
        event.reason = fmt::format(
            "still {} after {} days", sms::word(message.status), horizon / std::chrono::days(1));
        if (!message.failure)
            message.failure = sms::Failure{"expired", event.reason};
        event.error_code = message.failure->code;
        updates::Updates(m_scope, m_clock).move(message, sms::Status::expired, event);
        changes.push_back({std::move(event), std::move(message)});
    }
    transaction.commit();
    for (const updates::Applied& change : changes)
        count(change);
    hand_out(changes);
}

void Run::count_open()
{
    store::Polls polls(m_scope);
    const auto count = [this](const store::PollCandidate& each) {
        ++(each.is_in_doubt ? m_summary.in_doubt : m_summary.still_open);
    };
    store::PollQuery query;
    query.batch_row = m_options.batch_row;
    if (m_options.made_since)
        query.since = m_began_at - *m_options.made_since;
    if (m_options.message_rows.empty())
        polls.each_open(query, count);
    for (const std::int64_t row : m_options.message_rows)
        if (const auto each = polls.find(row))
            if (each->is_in_doubt ||
                !sms::is_final(store::Messages(m_scope).by_row(row).value().status))
                count(*each);
    m_summary.still_open -= m_rehearsed_final;
}

} // namespace smsctl::reconcile
