// The plan becomes whole with its last piece: until then the batch is `planning`, and nobody
// submits anything of it. Pieces are small, so that a webhook or a single send gets in between.
#include "core/error.hpp"
#include "core/id.hpp"
#include "delivery/list_plan.hpp"
#include "store/batches.hpp"
#include "store/event_log.hpp"
#include "store/outbox.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace smsctl::delivery {

namespace {

constexpr int rows_a_piece = 5000;
/// For a planner of whom nothing can be known, as on another host: nobody plans for that long.
constexpr auto longest_planning = std::chrono::minutes(10);

Error planned_elsewhere(const sms::Batch& batch)
{
    return {Exit::pending,
            "pending.elsewhere",
            fmt::format("another process is planning this list as {}", batch.id),
            "run it again to go on with that batch"};
}

Error key_used_elsewhere(const std::string& key)
{
    return {Exit::pending,
            "pending.elsewhere",
            fmt::format("another process used the key {} meanwhile; nothing was sent", key),
            "run it again"};
}

/// Whether the process that plans `batch` will never end it.
bool is_abandoned(const sms::Batch& batch, Instant now)
{
    return batch.state == sms::BatchState::planning &&
           !store::holds(batch.planner, batch.created_at + longest_planning, now);
}

std::string of(std::int64_t count, const std::string& first, std::string_view what)
{
    return count == 0 ? fmt::format("none {}", what)
                      : fmt::format("{} {} (the first: {})", count, what, first);
}

/// What else than its rows differs between a batch and the list that is to be it.
std::string other_differences(const sms::Batch& before, const sms::Batch& now)
{
    std::string text;
    if (before.template_text != now.template_text)
        text += fmt::format("; its text was \"{}\"", before.template_text);
    if (before.senders != now.senders)
        text += fmt::format("; it was to be sent from {}", fmt::join(before.senders, ", "));
    return text;
}

} // namespace

void log_batch(store::Scope& scope, const Clock& clock, sms::Batch& batch, std::string_view what)
{
    sms::Event event;
    event.kind = sms::EventKind::batch;
    event.source = sms::EventSource::command;
    event.status = sms::word(batch.state);
    event.reason = fmt::format("{}: {}", batch.id, what);
    event.created_at = clock.now();
    batch.seq = store::EventLog(scope).append(event);
}

std::optional<sms::Batch> ListPlan::planned_before()
{
    auto before = store::Batches(m_scope).by_identity(m_batch.identity);
    if (!before)
        return std::nullopt;
    if (before->state == sms::BatchState::planning) {
        if (!is_abandoned(*before, m_clock.now()))
            throw planned_elsewhere(*before);
        return std::nullopt;
    }
    if (before->content_hash != m_batch.content_hash) {
        const auto difference = m_staging.difference_from(*before);
        throw usage_error(
            "usage.batch_changed",
            fmt::format("batch {} was planned from another list: {}, {}{}",
                        m_batch.name,
                        of(difference.added, difference.first_added, "new here"),
                        of(difference.removed, difference.first_removed, "missing here"),
                        other_differences(*before, m_batch)),
            "give a changed list another --name, or go on with the old one: smsctl bulk resume " +
                m_batch.name);
    }
    if (before->state == sms::BatchState::canceled)
        throw usage_error("usage.batch_canceled",
                          fmt::format("this list was canceled as {}", before->id),
                          "give it another --name to send it after all");
    return before;
}

std::optional<sms::Batch> ListPlan::commit(const OnProgress& on_progress,
                                           const std::stop_token& stop)
{
    discard_abandoned();
    m_batch.created_at = m_clock.now();
    m_batch.id = new_id("bat", m_batch.created_at);
    m_batch.planner = store::this_process();
    try {
        if (write_pieces(on_progress, stop))
            return m_batch;
    } catch (...) {
        try {
            discard(m_batch);
        } catch (const std::exception&) { // the next plan takes it away
        }
        throw;
    }
    discard(m_batch);
    return std::nullopt;
}

/// False when `stop` came before the last piece.
bool ListPlan::write_pieces(const OnProgress& on_progress, const std::stop_token& stop)
{
    store::Batches batches(m_scope);
    const std::string callback = m_scope.workspace().setting("public-url");
    for (std::int64_t first = 1; !stop.stop_requested(); first += rows_a_piece) {
        const std::int64_t last = std::min(first + rows_a_piece - 1, m_totals.rows);
        store::Transaction transaction = m_scope.begin();
        if (first == 1) {
            // Much may have happened since the list was judged, and a question asked.
            if (const auto faster = batches.by_identity(m_batch.identity))
                throw planned_elsewhere(*faster);
            log_batch(m_scope, m_clock, m_batch, fmt::format("{} rows", m_batch.row_count));
            batches.insert(m_batch);
        }
        if (const std::string key = m_staging.key_taken(first, last); !key.empty())
            throw key_used_elsewhere(key);
        m_staging.commit(m_batch, first, last, callback, m_batch.created_at);
        if (last >= m_totals.rows) {
            m_batch.state = sms::BatchState::planned;
            log_batch(m_scope, m_clock, m_batch, fmt::format("{} rows", m_batch.row_count));
        }
        batches.update(m_batch);
        transaction.commit();
        if (last >= m_totals.rows)
            return true;
        on_progress(last);
    }
    return false;
}

/// Takes away what dead processes had planned only in part, whatever the list: its keys are free
/// again, and nobody would ever submit it.
void ListPlan::discard_abandoned()
{
    for (const sms::Batch& batch : store::Batches(m_scope).planning())
        if (is_abandoned(batch, m_clock.now()))
            discard(batch);
}

void ListPlan::discard(const sms::Batch& batch)
{
    for (bool is_left = true; is_left;) {
        store::Transaction transaction = m_scope.begin();
        is_left = store::Batches(m_scope).discard(batch, rows_a_piece);
        transaction.commit();
    }
}

} // namespace smsctl::delivery
