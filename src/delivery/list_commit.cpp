// The plan becomes whole with its last piece: until then the batch is `planning`, and nobody
// submits anything of it. Pieces are small, so that a webhook or a single send gets in between.
#include "core/error.hpp"
#include "core/id.hpp"
#include "delivery/list_plan.hpp"
#include "store/batches.hpp"
#include "store/event_log.hpp"
#include "store/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smsctl::delivery {

namespace {

constexpr int rows_a_piece = 5000;

Error planned_elsewhere(const sms::Batch& batch)
{
    return {Exit::pending,
            "pending.elsewhere",
            fmt::format("another process is planning this list as {}", batch.id),
            fmt::format("smsctl bulk show {}", batch.id)};
}

std::string of(std::int64_t count, const std::string& first, std::string_view what)
{
    return count == 0 ? fmt::format("none {}", what)
                      : fmt::format("{} {} (the first: {})", count, what, first);
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
        if (store::liveness(before->planner) != store::Liveness::gone)
            throw planned_elsewhere(*before);
        return std::nullopt;
    }
    if (before->content_hash != m_batch.content_hash) {
        const auto difference = m_staging.difference_from(*before);
        throw usage_error(
            "usage.batch_changed",
            fmt::format("batch {} was planned from another list: {}, {}",
                        m_batch.name,
                        of(difference.added, difference.first_added, "new here"),
                        of(difference.removed, difference.first_removed, "missing here")),
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
    store::Batches batches(m_scope);
    if (const auto before = batches.by_identity(m_batch.identity))
        discard(*before);
    const Instant now = m_clock.now();
    m_batch.id = new_id("bat", now);
    m_batch.created_at = now;
    m_batch.planner = store::this_process();
    const std::string callback = m_scope.workspace().setting("public-url");
    for (std::int64_t first = 1;; first += rows_a_piece) {
        const std::int64_t last = std::min(first + rows_a_piece - 1, m_totals.rows);
        store::Transaction transaction = m_scope.begin();
        if (first == 1) {
            if (const auto faster = batches.by_identity(m_batch.identity))
                throw planned_elsewhere(*faster);
            log_batch(m_scope, m_clock, m_batch, fmt::format("{} rows", m_batch.row_count));
            batches.insert(m_batch);
        }
        m_staging.commit(m_batch, first, last, callback, now);
        if (last >= m_totals.rows) {
            m_batch.state = sms::BatchState::planned;
            log_batch(m_scope, m_clock, m_batch, fmt::format("{} rows", m_batch.row_count));
        }
        batches.update(m_batch);
        transaction.commit();
        if (last >= m_totals.rows)
            return m_batch;
        on_progress(last);
        if (stop.stop_requested()) {
            discard(m_batch);
            return std::nullopt;
        }
    }
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
