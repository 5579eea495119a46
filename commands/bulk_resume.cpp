#include "commands/bulk_options.hpp"
#include "commands/bulk_run.hpp"
#include "commands/bulk_settle.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "delivery/list_plan.hpp"
#include "delivery/recorder.hpp"
#include "output/batch_record.hpp"
#include "store/batches.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <vector>

namespace smsctl {

namespace {

sms::Status status_to_resume(std::string_view word)
{
    for (const sms::Status status :
         {sms::Status::planned, sms::Status::rejected, sms::Status::blocked})
        if (sms::word(status) == word)
            return status;
    throw usage_error("usage.only",
                      fmt::format("--only takes no {}", word),
                      "it takes planned, rejected and blocked, with commas between them");
}

std::vector<sms::Status> statuses_to_resume(const std::string& only)
{
    std::vector<sms::Status> statuses;
    if (!only.empty())
        for (const std::string_view word : text::split(only, ','))
            statuses.push_back(status_to_resume(text::trim(word)));
    return statuses;
}

/// The batch; throws `usage.batch_not_planned` when nothing of it may be sent.
sms::Batch planned_batch(const std::string& reference, store::Scope& scope)
{
    sms::Batch batch = store::Batches(scope).resolve(reference);
    if (batch.state != sms::BatchState::planned)
        throw usage_error("usage.batch_not_planned",
                          fmt::format("{} is {}", batch.id, sms::word(batch.state)),
                          batch.state == sms::BatchState::planning
                              ? "run bulk with its list again"
                              : "send the list under another --name");
    return batch;
}

/// Makes the rows of these statuses planned again and gives what is to be sent: all that is
/// planned, or those rows alone.
BatchPart plan_again(sms::Batch batch,
                     const std::vector<sms::Status>& statuses,
                     store::Scope& scope,
                     const Clock& clock)
{
    store::Batches batches(scope);
    BatchPart part{std::move(batch)};
    bool planned_too = statuses.empty();
    for (const sms::Status status : statuses) {
        planned_too = planned_too || status == sms::Status::planned;
        if (status == sms::Status::planned)
            continue;
        delivery::log_batch(
            scope, clock, part.batch, fmt::format("{} rows planned again", sms::word(status)));
        if (part.since_seq == 0)
            part.since_seq = part.batch.seq;
        batches.plan_again(
            part.batch, status, scope.workspace().setting("public-url"), clock.now());
        batches.update(part.batch);
    }
    if (planned_too)
        part.since_seq = 0;
    return part;
}

} // namespace

void resume(const ResumeOptions& options, Session& session)
{
    session.check_fields(session.options().dry_run ? "batch" : "message");
    session.stop_token();
    store::Scope scope = session.scope(Access::mutating);
    const delivery::WorkOptions work = work_options(options.pace, scope.workspace());
    const auto most = max_cost_micros(options.pace);
    const auto statuses = statuses_to_resume(options.only);
    const sms::Batch batch = planned_batch(options.batch, scope);
    check_pace(options.pace, batch.via);
    if (!session.options().dry_run) {
        delivery::settle_abandoned(scope, session.clock());
        settle_bulk(
            batch.row, std::nullopt, [](const auto&, auto) {}, scope, session);
    }
    const std::int64_t counted = stake_in({batch}, scope, session.clock()).counted_micros;
    Stake stake;
    sms::StatusCounts counts;
    {
        // Tried, looked at and taken back: whoever is asked may say no.
        const store::Transaction trial = scope.begin();
        const BatchPart part = plan_again(batch, statuses, scope, session.clock());
        stake = stake_in(part, scope, session.clock());
        stake.counted_micros = part.since_seq == 0 ? counted : 0;
        counts = store::Batches(scope).status_counts(batch);
    }
    if (session.options().dry_run) {
        auto printer = session.printer(output::Shape::one, "batch", {});
        printer.print(output::batch_record(batch, counts, scope.workspace().name));
        printer.finish();
        return;
    }
    if (stake.messages > 0)
        confirm_sending(stake, most, scope, session);
    store::Transaction transaction = scope.begin();
    // It may have been canceled while somebody was asked.
    const BatchPart part =
        plan_again(planned_batch(batch.id, scope), statuses, scope, session.clock());
    transaction.commit();
    submit_batch(part, work, scope, session);
}

} // namespace smsctl
