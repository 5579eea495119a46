#include "commands/bulk_run.hpp"

#include "commands/bulk_settle.hpp"
#include "commands/message_columns.hpp"
#include "core/error.hpp"
#include "core/money.hpp"
#include "delivery/bulk_worker.hpp"
#include "output/batch_record.hpp"
#include "output/progress.hpp"
#include "store/batches.hpp"
#include "store/bulk_requests.hpp"
#include "store/messages.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <vector>

namespace smsctl {

namespace {

/// More are confirmed by their number, not by a y.
constexpr std::int64_t few = 100;

std::string cost_text(const Stake& stake)
{
    return stake.cost_micros ? fmt::format(", about {} USD", decimal(*stake.cost_micros)) : "";
}

Instant today(const Clock& clock)
{
    return std::chrono::floor<std::chrono::days>(clock.now());
}

bool is_over_daily_cap(const Stake& stake, store::Scope& scope, const Clock& clock)
{
    const auto cap = scope.workspace().daily_cap_micros();
    if (!cap)
        return false;
    const std::int64_t spent = store::Messages(scope).spent_micros(
        today(clock), scope.workspace().segment_price_micros().value_or(0));
    return spent - stake.counted_micros + stake.cost_micros.value_or(0) > *cap;
}

/// Counts what settles in a run, and tells people how far it has got.
class Tally {
public:
    Tally(std::int64_t all, Session& session)
        : m_all(all),
          m_clock(session.clock()),
          m_started_at(session.clock().now()),
          m_progress(session.streams().err,
                     session.streams().err_is_terminal && !session.options().quiet,
                     session.clock())
    {
    }

    /// A message that had settled as `before` is something else now.
    void move(sms::Status before, const sms::Message& message)
    {
        if (const auto found = m_counts.find(before); found != m_counts.end() && found->second > 0)
            --found->second;
        ++m_counts[message.status];
        if (message.failure && message.failure->code == "unaddressable")
            ++m_unaddressable;
    }
    void add(const delivery::Settled& settled)
    {
        ++m_settled;
        if (settled.unrecorded)
            ++m_unrecorded;
        else if (!settled.elsewhere)
            ++m_counts[settled.message.status];
        if (m_progress.is_due())
            m_progress.show(text());
    }
    void clear() { m_progress.clear(); }

    std::int64_t of(sms::Status status) const
    {
        const auto found = m_counts.find(status);
        return found == m_counts.end() ? 0 : found->second;
    }
    std::int64_t settled() const { return m_settled; }
    std::int64_t unrecorded() const { return m_unrecorded; }
    std::int64_t unaddressable() const { return m_unaddressable; }

private:
    std::string text() const
    {
        const Millis spent = m_clock.now() - m_started_at;
        const double rate =
            spent.count() > 0 ? static_cast<double>(m_settled) * 1000.0 / spent.count() : 0;
        std::string line = fmt::format(
            "{} of {}, {:.0f}/s", output::grouped(m_settled), output::grouped(m_all), rate);
        if (rate > 0 && m_all > m_settled)
            line += fmt::format(", {} left",
                                output::duration_text(Millis(static_cast<Millis::rep>(
                                    static_cast<double>(m_all - m_settled) / rate * 1000.0))));
        for (const auto& [status, count] : m_counts)
            line += fmt::format(", {} {}", output::grouped(count), sms::word(status));
        return line;
    }

    std::int64_t m_all;
    const Clock& m_clock;
    Instant m_started_at;
    output::Progress m_progress;
    std::int64_t m_settled = 0;
    std::int64_t m_unrecorded = 0;
    std::int64_t m_unaddressable = 0;
    sms::StatusCounts m_counts;
};

std::string resume_hint(const sms::Batch& batch)
{
    return fmt::format("smsctl bulk resume {}", batch.name.empty() ? batch.id : batch.name);
}

std::string why(delivery::Ended ended, bool is_via_batch)
{
    switch (ended) {
    case delivery::Ended::too_many_failures:
        return "stopped at --max-failures";
    case delivery::Ended::all_in_doubt:
        return is_via_batch ? "stopped: the answer to a request was lost"
                            : "stopped: one answer after the other left the message in doubt";
    case delivery::Ended::unavailable:
        return "stopped: the provider cannot be reached, or asks to wait";
    case delivery::Ended::refused:
        return "stopped: the provider refuses the credentials";
    case delivery::Ended::done:
    case delivery::Ended::stopped:
        break;
    }
    return "some are left";
}

/// The error's code where all that went wrong is of one kind.
std::string_view code_of(Exit exit)
{
    switch (exit) {
    case Exit::rejected:
        return "provider.rejected";
    case Exit::in_doubt:
        return "in_doubt.submit";
    case Exit::auth:
        return "auth.refused";
    default:
        return "provider.unavailable";
    }
}

/// What a finished run amounts to, by the exit codes of single sends.
void throw_outcome(const sms::Batch& batch,
                   const Tally& tally,
                   std::int64_t in_doubt,
                   std::int64_t left,
                   delivery::Ended ended)
{
    const std::int64_t rejected = tally.of(sms::Status::rejected);
    const std::int64_t blocked = tally.of(sms::Status::blocked);
    const std::int64_t good = tally.settled() - rejected - blocked - tally.unrecorded() -
                              tally.of(sms::Status::in_doubt) - tally.of(sms::Status::planned) -
                              tally.of(sms::Status::failed);
    const bool is_end = ended == delivery::Ended::done || ended == delivery::Ended::all_in_doubt;
    const bool is_short = left > 0 || !is_end;
    std::vector<Exit> reasons;
    if (rejected > 0 || tally.unaddressable() > 0)
        reasons.push_back(Exit::rejected);
    if (in_doubt > 0)
        reasons.push_back(Exit::in_doubt);
    if (is_short && ended == delivery::Ended::refused)
        reasons.push_back(Exit::auth);
    else if (is_short)
        reasons.push_back(Exit::unavailable);
    if (reasons.empty())
        return;
    std::vector<std::string> parts;
    const auto part = [&parts](std::int64_t count, std::string_view what) {
        if (count > 0)
            parts.push_back(fmt::format("{} {}", output::grouped(count), what));
    };
    part(good, "accepted");
    part(rejected, "rejected");
    part(tally.unaddressable(), "unaddressable");
    part(in_doubt, "in doubt");
    part(left, "not sent");
    const bool agree = good == 0 && reasons.size() == 1;
    const std::string hint = is_short       ? "to send the rest: " + resume_hint(batch)
                             : in_doubt > 0 ? "smsctl reconcile settles what is in doubt"
                                            : "the records say what became of each; smsctl "
                                              "message list --status rejected";
    throw Error(agree ? reasons.front() : Exit::partial,
                std::string(agree ? code_of(reasons.front()) : "partial"),
                fmt::format("{}: {}{}",
                            batch.id,
                            fmt::join(parts, ", "),
                            is_short ? "; " + why(ended, batch.via == sms::via_batch) : ""),
                hint);
}

} // namespace

Stake stake_in(const BatchPart& part, store::Scope& scope, const Clock& clock)
{
    const auto unsent = store::Batches(scope).unsent(part.batch, part.since_seq);
    Stake stake{.messages = unsent.count, .segments = unsent.segments, .cost_micros = {}};
    if (const auto price = scope.workspace().segment_price_micros()) {
        stake.cost_micros = *price * unsent.segments;
        if (part.batch.created_at >= today(clock))
            stake.counted_micros = *price * unsent.segments;
    }
    return stake;
}

void confirm_sending(const Stake& stake,
                     std::optional<std::int64_t> max_cost_micros,
                     store::Scope& scope,
                     Session& session)
{
    if (max_cost_micros && !stake.cost_micros)
        throw usage_error(
            "usage.segment_price",
            "--max-cost needs to know what a segment costs",
            fmt::format("smsctl workspace set {} segment-price=0.0083", scope.workspace().name));
    if (max_cost_micros && *stake.cost_micros > *max_cost_micros)
        throw Error(Exit::blocked,
                    "blocked.max_cost",
                    fmt::format("{} messages would cost about {} USD, more than --max-cost {}",
                                output::grouped(stake.messages),
                                decimal(*stake.cost_micros),
                                decimal(*max_cost_micros)),
                    "send a shorter list, or raise --max-cost");
    const bool over_cap = is_over_daily_cap(stake, scope, session.clock());
    const std::string question = fmt::format("Send {} {} ({} segments{}){}?",
                                             output::grouped(stake.messages),
                                             stake.messages == 1 ? "message" : "messages",
                                             output::grouped(stake.segments),
                                             cost_text(stake),
                                             over_cap ? ", over the workspace's daily-cap" : "");
    const bool is_much = stake.messages > few || over_cap;
    if (is_much && session.options().yes && !max_cost_micros && !session.streams().in_is_terminal)
        throw usage_error("usage.max_cost",
                          fmt::format("--yes needs --max-cost for {}",
                                      over_cap ? "what is over the daily-cap"
                                               : fmt::format("more than {} messages", few)),
                          fmt::format("the question was: {}", question));
    const bool goes = is_much ? session.confirm_by_typing(question, std::to_string(stake.messages))
                              : session.confirm(question);
    if (!goes)
        throw usage_error("usage.declined", "nothing was sent");
}

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
        emit([&] { m_printer.print(record); });
    }
    bool is_heard() const { return !m_session.options().quiet && !m_reader_left; }
    template <typename Print>
    void emit(const Print& print)
    {
        try {
            if (is_heard())
                print();
        } catch (const output::BrokenPipe&) { // the rest is to be sent all the same
            m_reader_left = true;
        }
    }

    const BatchPart& m_part;
    const sms::Batch& m_batch;
    const delivery::WorkOptions& m_options;
    store::Scope& m_scope;
    Session& m_session;
    std::stop_token m_stop;
    output::Printer m_printer;
    Tally m_tally;
    bool m_reader_left = false;
};

void BatchRun::run()
{
    const delivery::Ended ended =
        m_batch.via == sms::via_batch ? submit_requests() : submit_messages();
    m_tally.clear();
    const sms::StatusCounts counts = store::Batches(m_scope).status_counts(m_batch);
    print(output::batch_record(m_batch, counts, m_scope.workspace().name));
    emit([this] { m_printer.finish(); });
    tell_outcome(ended, counts);
    if (m_reader_left)
        throw output::BrokenPipe();
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
    throw_outcome(m_batch,
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
    if (is_heard()) // a record costs more than it looks
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
