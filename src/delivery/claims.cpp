#include "delivery/claims.hpp"

#include "core/error.hpp"
#include "delivery/checks.hpp"
#include "delivery/retry.hpp"
#include "sms/schedule.hpp"
#include "store/conversations.hpp"
#include "store/messages.hpp"
#include "store/opt_outs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::delivery {

namespace {

/// Longer than any one request may take, so that a lease only runs out when its owner hangs.
constexpr auto lease_length = std::chrono::minutes(5);
/// How far ahead of a sender's turn its messages are claimed: what is claimed when the process
/// dies is in doubt, so not far.
constexpr Millis ahead(250);

} // namespace

Claims::Claims(store::Scope& scope,
               const Clock& clock,
               Selection selection,
               std::optional<double> mps,
               int most)
    : m_scope(scope),
      m_clock(clock),
      m_selection(std::move(selection)),
      m_limiter(clock, mps),
      m_owner(store::this_process())
{
    if (most > 0)
        m_left = static_cast<std::size_t>(most);
    if (m_selection.message_rows.empty())
        for (std::string& sender : store::Outbox(m_scope).senders())
            if (m_selection.sender.empty() || m_selection.sender == sender)
                m_queues.emplace(std::move(sender), Queue{});
}

Claims::Taken Claims::take(std::size_t most)
{
    Taken taken;
    if (!m_selection.message_rows.empty())
        take_rows(most, taken);
    // Every sender in its turn gets an equal share of what may be taken.
    std::size_t left = m_queues.size();
    for (auto& [sender, queue] : m_queues) {
        const std::size_t share = (most - std::min(most, taken.claims.size())) / left--;
        if (share > 0 && !queue.is_done)
            take_queue(sender, queue, share, taken);
    }
    write_claims(taken.claims);
    return taken;
}

void Claims::take_rows(std::size_t most, Taken& taken)
{
    store::Outbox outbox(m_scope);
    for (const std::int64_t row : m_selection.message_rows) {
        if (m_taken.contains(row) || taken.claims.size() >= most)
            continue;
        auto message = store::Messages(m_scope).by_row(row).value();
        auto entry = outbox.find(row);
        const bool is_planned = message.status == sms::Status::planned && entry;
        const bool is_elsewhere = is_planned && !entry->owner.empty() && entry->owner != m_owner;
        if (!is_planned || is_elsewhere) {
            m_taken.insert(row);
            taken.settled.push_back({.message = std::move(message), .elsewhere = is_elsewhere});
            continue;
        }
        if (allowance(entry->sender, m_queues[entry->sender], 1) == 0)
            continue;
        m_taken.insert(row);
        const bool is_opted_out =
            store::OptOuts(m_scope).find(message.to, entry->sender).has_value();
        claim({std::move(*entry), std::move(message), is_opted_out}, taken);
    }
}

void Claims::take_queue(const std::string& sender, Queue& queue, std::size_t most, Taken& taken)
{
    while (allowance(sender, queue, most) > 0) {
        const auto limit = static_cast<int>(allowance(sender, queue, most));
        auto waiting =
            store::Outbox(m_scope).queue({.batch_row = m_selection.batch_row,
                                          .first_message_row = m_selection.first_message_row,
                                          .last_message_row = m_selection.last_message_row,
                                          .since_seq = m_selection.since_seq,
                                          .due = m_clock.now()},
                                         sender,
                                         queue.place,
                                         limit);
        const bool at_end = static_cast<int>(waiting.size()) < limit;
        for (store::Waiting& one : waiting) {
            if (allowance(sender, queue, 1) == 0)
                return;
            queue.place = {one.entry.due_at, one.entry.message_row};
            if (m_given_up.contains(one.entry.message_row))
                continue;
            queue.found_any = true;
            --most;
            claim(std::move(one), taken);
        }
        if (!at_end)
            continue;
        // Others may have given back what lies behind us: done is who found nothing all the way.
        queue.is_done = !queue.found_any;
        queue.place = {};
        queue.found_any = false;
        return;
    }
}

/// How many messages of `sender` may be claimed now, at most `most`.
std::size_t Claims::allowance(const std::string& sender, Queue& queue, std::size_t most) const
{
    if (queue.paused_until && m_clock.now() < *queue.paused_until)
        return 0;
    if (m_limiter.until_free(sender) > ahead)
        return 0;
    if (m_left)
        most = std::min(most, *m_left);
    return queue.is_probing ? std::min<std::size_t>(most, 1) : most;
}

/// Books the sender's turn; `write_claims` writes the claim.
void Claims::claim(store::Waiting waiting, Taken& taken)
{
    if (is_refused_now(waiting, taken))
        return;
    const Instant now = m_clock.now();
    sms::Message& message = waiting.message;
    if (m_left)
        --*m_left;
    ++message.attempts;
    message.status = sms::Status::submitting;
    message.status_at = now;
    const Instant start_at = now + m_limiter.wait_for(waiting.entry.sender, message.segments);
    Queue& queue = m_queues[waiting.entry.sender];
    if (queue.is_probing) // the next only once this one is answered
        queue.paused_until = Instant::max();
    taken.claims.push_back({std::move(message), std::move(waiting.entry), start_at});
}

/// Writes all claims, each run of neighbours at once. They were read in this transaction, so every
/// one of them is there to be taken.
void Claims::write_claims(const std::vector<Claim>& claims)
{
    const Instant now = m_clock.now();
    std::vector<std::int64_t> rows;
    rows.reserve(claims.size());
    for (const Claim& claim : claims)
        rows.push_back(claim.message.row);
    store::each_run(std::move(rows), [&](std::int64_t first, std::int64_t last) {
        const auto count = static_cast<int>(last - first + 1);
        const int leased = store::Outbox(m_scope).claim(first, last, m_owner, now + lease_length);
        const int marked = store::Messages(m_scope).set_submitting(first, last, now);
        if (leased != count || marked != count)
            throw Error(Exit::failed,
                        "internal.claim",
                        fmt::format("{} messages were to be claimed, {} were leased and {} marked",
                                    count,
                                    leased,
                                    marked));
    });
}

/// What was allowed when it was planned may not be any more.
bool Claims::is_refused_now(store::Waiting& waiting, Taken& taken)
{
    sms::Message& message = waiting.message;
    if (waiting.is_opted_out) {
        const auto opt_out = store::OptOuts(m_scope).find(message.to, waiting.entry.sender);
        Recorder(m_scope, m_clock).block(message, opt_out_verdict(message.to, opt_out.value()));
        taken.settled.push_back({.message = std::move(message)});
        if (m_left)
            --*m_left;
        return true;
    }
    const auto until = too_early_until(waiting);
    if (!until)
        return false;
    store::Outbox(m_scope).defer(message.row, *until);
    if (!m_selection.message_rows.empty()) { // who named it wants to know
        give_up(message);
        taken.settled.push_back({.message = std::move(message), .waits_until = until});
    }
    return true;
}

/// Until when it is to wait here; nothing when it may go.
std::optional<Instant> Claims::too_early_until(const store::Waiting& waiting)
{
    const sms::Message& message = waiting.message;
    const Instant now = m_clock.now();
    if (waiting.entry.send_at && *waiting.entry.send_at > now) {
        const bool is_too_soon_to_be_held = *waiting.entry.send_at < now + sms::soonest_held;
        return is_too_soon_to_be_held ? waiting.entry.send_at : std::nullopt;
    }
    if (message.batch_row == 0 && !waiting.entry.is_scheduled)
        return std::nullopt;
    if (!m_scope.workspace().quiet_hours())
        return std::nullopt;
    const auto contact = store::Contacts(m_scope).by_address(message.to);
    return quiet_until(m_scope.workspace(),
                       zones_of(m_scope.workspace(), message.to, contact ? contact->time_zone : ""),
                       now);
}

bool Claims::is_done() const
{
    if (m_left == 0U)
        return true;
    if (!m_selection.message_rows.empty())
        return unsettled().empty();
    return std::all_of(
        m_queues.begin(), m_queues.end(), [](const auto& one) { return one.second.is_done; });
}

std::optional<Instant> Claims::next_turn() const
{
    std::optional<Instant> next;
    const Instant now = m_clock.now();
    for (const auto& [sender, queue] : m_queues) {
        if (queue.is_done || queue.paused_until == Instant::max())
            continue;
        const Millis free = m_limiter.until_free(sender);
        const Instant at =
            std::max(queue.paused_until.value_or(now), free > ahead ? now + free - ahead : now);
        if (!next || at < *next)
            next = at;
    }
    return next;
}

void Claims::pause(const std::string& sender, Instant until)
{
    Queue& queue = m_queues[sender];
    // Others that left before the pause are refused like the one that brought it.
    const bool is_news = !queue.is_probing || queue.paused_until == Instant::max();
    queue.paused_until = is_news ? until : std::max(until, queue.paused_until.value_or(until));
    queue.is_probing = true;
    if (!is_news)
        return;
    ++queue.probes;
    // Ten hours of its traffic wait at the provider: this run will not see the end of it.
    if (queue.probes >= submit_tries && m_selection.message_rows.empty())
        queue.is_done = true;
}

bool Claims::is_paused(const std::string& sender) const
{
    const auto queue = m_queues.find(sender);
    return queue != m_queues.end() && queue->second.paused_until &&
           queue->second.paused_until != Instant::max() &&
           m_clock.now() < *queue->second.paused_until;
}

void Claims::answered(const std::string& sender)
{
    Queue& queue = m_queues[sender];
    if (queue.paused_until != Instant::max()) // it left before the pause
        return;
    queue.paused_until.reset();
    queue.is_probing = false;
    queue.probes = 0;
}

void Claims::look_again(const sms::Message& message)
{
    m_taken.erase(message.row);
    if (m_left)
        ++*m_left;
    const auto found = m_queues.find(sms::sender_of(message));
    if (found == m_queues.end() || found->second.probes >= submit_tries)
        return;
    Queue& queue = found->second;
    queue.place = {};
    queue.is_done = false;
    if (queue.paused_until == Instant::max()) // it was the one to try
        queue.paused_until.reset();
}

void Claims::give_up(const sms::Message& message)
{
    m_taken.insert(message.row);
    m_given_up.insert(message.row);
}

std::vector<std::int64_t> Claims::unsettled() const
{
    std::vector<std::int64_t> rows;
    for (const std::int64_t row : m_selection.message_rows)
        if (!m_taken.contains(row))
            rows.push_back(row);
    return rows;
}

} // namespace smsctl::delivery
