#include "commands/sending.hpp"

#include "commands/message_columns.hpp"
#include "commands/send_drafts.hpp"
#include "commands/send_due.hpp"
#include "commands/send_outcome.hpp"
#include "commands/steady_printer.hpp"
#include "core/error.hpp"
#include "core/time_text.hpp"
#include "delivery/enqueue.hpp"
#include "delivery/wait.hpp"
#include "delivery/worker.hpp"
#include "output/verdict_record.hpp"
#include "store/messages.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace smsctl {

namespace {

const std::vector<output::Column>& verdict_columns()
{
    static const std::vector<output::Column> columns{{"verdict", "VERDICT"},
                                                     {"from", "FROM"},
                                                     {"to", "TO"},
                                                     {"segments", "SEGMENTS"},
                                                     {"encoding", "ENCODING"},
                                                     {"estimated_price", "PRICE"},
                                                     {"reason", "REASON"}};
    return columns;
}

bool goes_now(const delivery::Verdict& verdict)
{
    return !verdict.blocked && !verdict.waits_until;
}

/// One `send` under way: checks every recipient before the first is planned.
class Send {
public:
    Send(const SendOptions& options, Session& session)
        : m_options(options),
          m_session(session),
          m_stop(session.stop_token()),
          m_scope(session.scope(Access::mutating))
    {
    }

    void run();

private:
    providers::Provider& provider();
    void show(std::vector<delivery::Verdict>& verdicts);
    void warn_of(const std::vector<delivery::Verdict>& verdicts);
    std::vector<Outcome> send_all(std::vector<delivery::Verdict>& verdicts, SteadyPrinter& printer);
    void submit(const delivery::Selection& selection,
                const delivery::Worker::OnSettled& on_settled);
    Outcome finish_one(const delivery::Verdict& verdict,
                       const delivery::Settled& settled,
                       SteadyPrinter& printer);
    Outcome wait_for(sms::Message& message);
    void tell_who_waits();
    void answer_original(const sms::Message& reply);
    Outcome block(const sms::Failure& blocked, const std::string& to) const;

    const SendOptions& m_options;
    Session& m_session;
    std::stop_token m_stop;
    store::Scope m_scope;
    std::unique_ptr<providers::Provider> m_provider;
    std::optional<sms::Message> m_original; ///< what --reply answers
    std::vector<Instant> m_waiting;         ///< until when messages are to wait here
};

void Send::run()
{
    std::vector<delivery::Verdict> verdicts;
    delivery::Enqueue enqueue(m_scope, m_session.clock());
    std::set<std::string> recipients;
    SendDrafts drafts = read_drafts(m_options, m_scope, m_session);
    m_original = std::move(drafts.original);
    for (const delivery::Draft& draft : drafts.all) {
        verdicts.push_back(enqueue.check(draft));
        const std::string& to = verdicts.back().message.to;
        if (!recipients.insert(to).second)
            throw usage_error("usage.recipient_twice",
                              fmt::format("{} is named twice", to),
                              "name each recipient once");
    }
    warn_of(verdicts);
    if (m_session.options().dry_run) {
        show(verdicts);
        return;
    }
    SteadyPrinter printer(
        m_session.printer(verdicts.size() == 1 ? output::Shape::one : output::Shape::many,
                          "message",
                          message_columns()));
    if (std::any_of(verdicts.begin(), verdicts.end(), goes_now))
        provider(); // what is wrong with its credentials is said before anything is planned
    delivery::settle_abandoned(m_scope, m_session.clock());
    enqueue.plan_all(verdicts);
    const std::vector<Outcome> outcomes = send_all(verdicts, printer);
    tell_who_waits();
    // A signal is the exit code only where the command may simply be run again.
    if (m_session.signal() != 0 && !first_hint(outcomes).empty() && only_pending(outcomes))
        m_session.throw_if_stopped(first_hint(outcomes));
    throw_outcomes(outcomes);
    printer.throw_if_left();
}

providers::Provider& Send::provider()
{
    if (!m_provider)
        m_provider = m_session.provider(m_scope.workspace());
    return *m_provider;
}

/// All at once, and told in the order they were named. A database that fails ends it: what was
/// not attempted is certainly not sent.
std::vector<Outcome> Send::send_all(std::vector<delivery::Verdict>& verdicts,
                                    SteadyPrinter& printer)
{
    delivery::Selection selection;
    std::map<std::int64_t, delivery::Settled> settled;
    for (delivery::Verdict& verdict : verdicts) {
        sms::Message& message = verdict.replay ? *verdict.replay : verdict.message;
        if (message.status == sms::Status::blocked || verdict.waits_until)
            settled[message.row] = {.message = message, .waits_until = verdict.waits_until};
        else
            selection.message_rows.push_back(message.row);
    }
    std::vector<Outcome> outcomes;
    std::optional<Error> broken;
    const auto tell_in_order = [&] {
        while (outcomes.size() < verdicts.size()) {
            const delivery::Verdict& verdict = verdicts[outcomes.size()];
            const auto found =
                settled.find(verdict.replay ? verdict.replay->row : verdict.message.row);
            if (found == settled.end() && !broken)
                return;
            outcomes.push_back(found == settled.end()
                                   ? unattempted_outcome(verdict.message, *broken)
                                   : finish_one(verdict, found->second, printer));
        }
    };
    try {
        submit(selection, [&](const delivery::Settled& one) {
            settled[one.message.row] = one;
            if (m_options.wait.empty())
                tell_in_order();
        });
    } catch (const Error& error) {
        if (error.exit() != Exit::storage && error.exit() != Exit::in_doubt)
            throw;
        broken = error;
    }
    tell_in_order();
    printer.finish();
    return outcomes;
}

void Send::submit(const delivery::Selection& selection,
                  const delivery::Worker::OnSettled& on_settled)
{
    if (selection.message_rows.empty())
        return;
    delivery::WorkOptions options;
    options.concurrency = most_recipients;
    options.mps = m_scope.workspace().rate();
    delivery::Worker(m_scope, provider(), m_session.clock(), options)
        .run(selection, on_settled, m_stop);
}

void Send::warn_of(const std::vector<delivery::Verdict>& verdicts)
{
    for (const delivery::Verdict& verdict : verdicts)
        for (const std::string& warning : verdict.warnings)
            m_session.note(warning);
}

void Send::show(std::vector<delivery::Verdict>& verdicts)
{
    output::Printer printer =
        m_session.printer(verdicts.size() == 1 ? output::Shape::one : output::Shape::many,
                          "verdict",
                          verdict_columns());
    std::vector<Outcome> outcomes;
    for (const delivery::Verdict& verdict : verdicts) {
        printer.print(output::verdict_record(verdict, m_scope.workspace().name));
        outcomes.push_back(verdict.blocked ? block(*verdict.blocked, verdict.message.to)
                                           : Outcome{verdict.message.to, std::nullopt});
    }
    printer.finish();
    throw_outcomes(outcomes);
}

Outcome Send::finish_one(const delivery::Verdict& verdict,
                         const delivery::Settled& settled,
                         SteadyPrinter& printer)
{
    sms::Message message = settled.message;
    Outcome outcome{message.to, std::nullopt};
    if (message.status == sms::Status::blocked) {
        outcome = block(message.failure.value(), message.to);
    } else {
        outcome = outcome_of(settled);
        if (!outcome.error && m_original)
            answer_original(message);
        if (settled.waits_until)
            m_waiting.push_back(*settled.waits_until);
        if (!outcome.error && !m_options.wait.empty())
            outcome = settled.waits_until ? put_off_outcome(message, *settled.waits_until)
                                          : wait_for(message);
    }
    printer.print(
        output::message_record(message,
                               m_scope.workspace().name,
                               verdict.replay ? output::Replayed::yes : output::Replayed::no));
    return outcome;
}

Outcome Send::wait_for(sms::Message& message)
{
    const sms::Status goal = sms::parse_status(m_options.wait).value();
    try {
        message = delivery::Wait(m_scope, provider(), m_session.clock())
                      .until(message.row, goal, m_session.deadline(), m_stop);
    } catch (const Error& error) {
        return unwatched_outcome(message, error);
    }
    return waited_outcome(message, goal);
}

Outcome Send::block(const sms::Failure& blocked, const std::string& to) const
{
    return m_options.on_block == "fail" ? blocked_outcome(blocked, to) : Outcome{to, std::nullopt};
}

void Send::answer_original(const sms::Message& reply)
{
    try {
        store::Transaction transaction = m_scope.begin();
        store::Messages messages(m_scope);
        sms::Message original = messages.by_row(m_original->row).value();
        original.processed = true;
        original.response_id = reply.provider_id.empty() ? reply.id : reply.provider_id;
        messages.update(original);
        transaction.commit();
    } catch (const Error& error) { // the reply is out: a failure would have it sent again
        m_session.warn(fmt::format("{} was sent, but {} could not be marked processed: {}",
                                   reply.id,
                                   m_original->id,
                                   error.what()));
    }
}

/// Nobody sends what waits here unless somebody runs `send --due`.
void Send::tell_who_waits()
{
    if (m_waiting.empty())
        return;
    const std::string until = text::rfc3339(*std::min_element(m_waiting.begin(), m_waiting.end()));
    const std::string& workspace = m_session.options().workspace;
    const std::string command = "smsctl send --due" + (workspace.empty() ? "" : " -w " + workspace);
    m_session.note(fmt::format("{} until {}; `{}` sends it then, from cron: * * * * * {} -q",
                               m_waiting.size() == 1
                                   ? "it waits here"
                                   : fmt::format("{} wait here, the first", m_waiting.size()),
                               until,
                               command,
                               command));
}

} // namespace

void send(const SendOptions& options, Session& session)
{
    if (options.due)
        send_due(session);
    else
        Send(options, session).run();
}

} // namespace smsctl
