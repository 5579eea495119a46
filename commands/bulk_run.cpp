#include "commands/bulk_run.hpp"

#include "commands/bulk_outcome.hpp"
#include "commands/bulk_settle.hpp"
#include "commands/bulk_tally.hpp"
#include "commands/message_columns.hpp"
#include "commands/steady_printer.hpp"
#include "delivery/bulk_worker.hpp"
#include "output/batch_record.hpp"
#include "store/batches.hpp"
#include "store/bulk_requests.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smsctl {

namespace {

/// One run over a batch: what it submits, shows and counts.
class BatchRun {
public:
    BatchRun(const BatchPart& part,
             const delivery::WorkOptions& options,
             store::Scope& scope,
             Session& session)
        : m_part(part),
          m_batch(part.batch),
          m_options(options),
          m_scope(scope),
          m_session(session),
          m_stop(session.stop_token()),
          m_printer(session.printer(output::Shape::stream, "message", message_columns())),
          m_tally(store::Batches(scope).unsent(part.batch, part.since_seq).count, session)
    {
    }

    void run();

private:
    delivery::Ended submit_messages();
    delivery::Ended submit_requests();
    void settle_requests();
    void tell_outcome(delivery::Ended ended, const sms::StatusCounts& counts);
    delivery::Selection selection() const
    {
        delivery::Selection selection;
        selection.batch_row = m_batch.row;
        selection.first_message_row = m_batch.first_message_row;
        selection.last_message_row = m_batch.last_message_row;
        selection.since_seq = m_part.since_seq;
        return selection;
    }
    void settled(const delivery::Settled& settled);
    void print(const output::Record& record)
    {
        if (m_session.streams().out_is_terminal)
            m_tally.clear(); // it would stand in the way
        m_printer.print(record);
    }

    const BatchPart& m_part;
    const sms::Batch& m_batch;
    const delivery::WorkOptions& m_options;
    store::Scope& m_scope;
    Session& m_session;
    std::stop_token m_stop;
    SteadyPrinter m_printer;
    Tally m_tally;
};

void BatchRun::run()
{
    const delivery::Ended ended =
        m_batch.via == sms::via_batch ? submit_requests() : submit_messages();
    m_tally.clear();
    store::Batches batches(m_scope);
    const sms::Batch now = batches.resolve(m_batch.id); // others may have canceled it
    const sms::StatusCounts counts = batches.status_counts(now);
    print(output::batch_record(now, counts, m_scope.workspace().name));
    m_printer.finish();
    if (now.state == sms::BatchState::canceled)
        throw_bulk_canceled(now, m_tally, counts);
    tell_outcome(ended, counts);
    m_printer.throw_if_left();
}

void BatchRun::tell_outcome(delivery::Ended ended, const sms::StatusCounts& counts)
{
    store::Batches batches(m_scope);
    const auto later =
        batches.waiting_for_later(m_batch, m_session.clock().now(), m_part.since_seq);
    const std::int64_t left = batches.unsent(m_batch, m_part.since_seq).count - later.count;
    if (later.count > 0)
        m_session.note(fmt::format("{} wait for their time; smsctl send --due sends them then",
                                   output::grouped(later.count)));
    if (ended == delivery::Ended::stopped)
        m_session.throw_if_stopped("to send the rest: " + resume_hint(m_batch));
    // What was submitted is; that reading it back took longer than --timeout changes nothing.
    if (m_batch.via == sms::via_batch && m_session.signal() != 0)
        m_session.throw_if_stopped("smsctl reconcile asks what became of what was submitted");
    const auto in_doubt = counts.find(sms::Status::in_doubt);
    throw_bulk_outcome(m_batch,
                       m_tally,
                       m_tally.unrecorded() + (in_doubt == counts.end() ? 0 : in_doubt->second),
                       left,
                       ended);
}

delivery::Ended BatchRun::submit_messages()
{
    const auto provider = m_session.provider(m_scope.workspace());
    return delivery::Worker(m_scope, *provider, m_session.clock(), m_options)
        .run(
            selection(), [this](const delivery::Settled& one) { settled(one); }, m_stop);
}

/// A request whose answer was lost ends a run; once its messages are found the next may leave.
delivery::Ended BatchRun::submit_requests()
{
    const auto client = m_session.bulk_client(m_scope.workspace());
    delivery::BulkWorker worker(m_scope, *client, m_session.clock(), m_options);
    while (true) {
        const delivery::Ended ended = worker.run(
            selection(), [this](const delivery::Settled& one) { settled(one); }, m_stop);
        if (!m_stop.stop_requested())
            settle_requests();
        if (ended != delivery::Ended::all_in_doubt || m_stop.stop_requested() ||
            store::BulkRequests(m_scope).has_doubts(m_batch.row))
            return ended;
    }
}

void BatchRun::settle_requests()
{
    settle_bulk(
        m_batch.row,
        bulk_patience(m_session),
        [this](const sms::Message& message, sms::Status before) {
            m_tally.move(before, message);
            if (before == sms::Status::in_doubt || sms::is_failure(message.status))
                print(output::message_record(message, m_scope.workspace().name));
        },
        m_scope,
        m_session);
}

void BatchRun::settled(const delivery::Settled& settled)
{
    if (m_printer.is_heard()) // a record costs more than it looks
        print(output::message_record(settled.message, m_scope.workspace().name));
    m_tally.add(settled);
}

} // namespace

void submit_batch(const BatchPart& part,
                  const delivery::WorkOptions& options,
                  store::Scope& scope,
                  Session& session)
{
    BatchRun(part, options, scope, session).run();
}

} // namespace smsctl
