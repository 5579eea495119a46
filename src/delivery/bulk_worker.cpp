#include "delivery/bulk_worker.hpp"

#include "core/crypto.hpp"
#include "core/error.hpp"
#include "delivery/retry.hpp"
#include "store/bulk_requests.hpp"
#include "store/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::delivery {

namespace {

namespace twilio = providers::twilio;

/// Longer than a request may take.
constexpr auto lease_length = std::chrono::minutes(5);

/// A refusal that no recipient is to blame for: the next request would fare no better.
Error refused_whole(const twilio::BulkRejected& rejected, int rows)
{
    const std::string& said =
        rejected.faults.empty() ? rejected.error.message : rejected.faults.front().message;
    Error error(
        Exit::rejected,
        "provider.rejected",
        fmt::format("the provider refused a request for {} messages as a whole: {}; nothing "
                    "of it was sent",
                    rows,
                    said),
        "put that right and run smsctl bulk resume, or send the list with --via messages");
    error.with_provider(rejected.error.fault);
    return error;
}

} // namespace

BulkWorker::BulkWorker(store::Scope& scope,
                       twilio::BulkClient& client,
                       Clock& clock,
                       const WorkOptions& options)
    : m_scope(scope),
      m_client(client),
      m_clock(clock),
      m_options(options),
      m_failures(options.max_failures)
{
}

Ended BulkWorker::run(Selection selection,
                      const Worker::OnSettled& on_settled,
                      const std::stop_token& stop)
{
    m_on_settled = &on_settled;
    for (const std::string& sender : store::Outbox(m_scope).senders()) {
        selection.sender = sender;
        if (const auto ended = run_sender(selection, stop))
            return *ended;
    }
    return Ended::done;
}

std::optional<Ended> BulkWorker::run_sender(const Selection& selection, const std::stop_token& stop)
{
    // The provider paces what it took: no rate of ours.
    Claims claims(m_scope, m_clock, selection, std::nullopt, 0);
    while (!claims.is_done()) {
        if (stop.stop_requested())
            return Ended::stopped;
        auto armed = arm(selection, claims);
        if (!armed)
            continue;
        const twilio::BulkOutcome outcome = post(*armed, claims);
        record(*armed, outcome, claims);
        if (const auto ended = judge(*armed, outcome, stop))
            return ended;
    }
    return std::nullopt;
}

/// Commits the next request with its messages as being submitted; nothing when none may go.
std::optional<BulkWorker::Armed> BulkWorker::arm(const Selection& selection, Claims& claims)
{
    std::optional<Armed> armed;
    Claims::Taken taken;
    {
        store::Transaction transaction = m_scope.begin_patiently();
        taken = claims.take(m_options.bulk_rows);
        auto kept = keep_one_request(std::move(taken.claims), selection.sender, claims);
        if (!kept.empty()) {
            armed = put_together(selection, std::move(kept));
            std::vector<std::int64_t> rows;
            for (const sms::Message& message : armed->messages)
                rows.push_back(message.row);
            store::BulkRequests(m_scope).arm(armed->record, rows);
        }
        transaction.commit();
    }
    tell(taken.settled);
    return armed;
}

/// Gives back what does not fit: repeated recipients, and more text than one request takes.
std::vector<Claim>
BulkWorker::keep_one_request(std::vector<Claim> claims, const std::string& sender, Claims& from)
{
    std::vector<twilio::BulkRow> rows;
    rows.reserve(claims.size());
    for (const Claim& claim : claims)
        rows.push_back({claim.message.to, claim.message.body});
    const auto cuts = twilio::cut_bulk(rows, sender, {.rows = m_options.bulk_rows});
    std::vector<Claim> kept;
    for (std::size_t cut = 0; cut < cuts.size(); ++cut) {
        for (const std::size_t place : cuts[cut]) {
            if (cut == 0) {
                kept.push_back(std::move(claims[place]));
                continue;
            }
            Recorder(m_scope, m_clock).put_back(claims[place].message);
            from.look_again(claims[place].message);
        }
    }
    return kept;
}

BulkWorker::Armed BulkWorker::put_together(const Selection& selection, std::vector<Claim> claims)
{
    Armed armed;
    armed.request.batch_id = twilio::new_bulk_batch_id();
    armed.request.from = selection.sender;
    for (Claim& claim : claims) {
        armed.request.rows.push_back({claim.message.to, claim.message.body});
        armed.messages.push_back(std::move(claim.message));
    }
    sms::BulkRequest& record = armed.record;
    record.batch_row = selection.batch_row;
    record.tag = armed.request.batch_id;
    record.sender = selection.sender;
    record.body_hash = crypto::hex(crypto::sha256(twilio::bulk_body(armed.request)));
    record.row_count = static_cast<int>(armed.messages.size());
    record.owner = store::this_process();
    record.armed_at = m_clock.now();
    record.owner_until = record.armed_at + lease_length;
    return armed;
}

twilio::BulkOutcome BulkWorker::post(Armed& armed, Claims& claims)
{
    try {
        return m_client.submit(armed.request);
    } catch (const Error& error) { // nothing has left
        providers::NotSent not_sent;
        not_sent.error.message = error.what();
        record(armed, not_sent, claims);
        throw;
    }
}

void BulkWorker::record(Armed& armed, const twilio::BulkOutcome& outcome, Claims& claims)
{
    BulkRecorder::Recorded recorded;
    try {
        store::Transaction transaction = m_scope.begin_patiently();
        recorded = BulkRecorder(m_scope, m_clock).record(armed.record, armed.messages, outcome);
        transaction.commit();
    } catch (const std::exception& error) {
        throw Error(
            Exit::in_doubt,
            "in_doubt.not_recorded",
            fmt::format("a request for {} messages was submitted, but the answer could not be "
                        "stored: {}",
                        armed.messages.size(),
                        error.what()),
            "do not send them again; make room or unlock the database, then run smsctl reconcile");
    }
    for (const sms::Message& message : recorded.planned_again)
        claims.look_again(message);
    tell(recorded.settled);
}

/// Whether the run ends with this outcome; waits before what may come again.
std::optional<Ended> BulkWorker::judge(const Armed& armed,
                                       const twilio::BulkOutcome& outcome,
                                       const std::stop_token& stop)
{
    if (const auto* failed = std::get_if<providers::NotSent>(&outcome))
        return not_sent(*failed, stop);
    m_tries = 0;
    if (std::holds_alternative<providers::Unknown>(outcome))
        return Ended::all_in_doubt;
    if (const auto* rejected = std::get_if<twilio::BulkRejected>(&outcome)) {
        if (refused_credentials(rejected->error))
            return Ended::refused;
        const bool has_culprit = std::any_of(
            rejected->faults.begin(), rejected->faults.end(), [&](const twilio::BulkFault& fault) {
                return fault.row && *fault.row < armed.messages.size();
            });
        if (!has_culprit)
            throw refused_whole(*rejected, armed.record.row_count);
    }
    return m_failures.is_too_many() ? std::optional(Ended::too_many_failures) : std::nullopt;
}

std::optional<Ended> BulkWorker::not_sent(const providers::NotSent& not_sent,
                                          const std::stop_token& stop)
{
    if (not_sent.retry_after.value_or(Millis::zero()) > longest_pause || ++m_tries >= submit_tries)
        return Ended::unavailable;
    m_clock.wait(retry_delay(m_tries + 1, not_sent.retry_after, unit_random()), stop);
    return std::nullopt;
}

void BulkWorker::tell(const std::vector<Settled>& settled)
{
    for (const Settled& one : settled) {
        if (one.message.status == sms::Status::planned && !one.elsewhere)
            continue;
        m_failures.add(one);
        (*m_on_settled)(one);
    }
}

} // namespace smsctl::delivery
