#include "commands/sending.hpp"

#include "commands/message_columns.hpp"
#include "commands/send_outcome.hpp"
#include "core/error.hpp"
#include "delivery/enqueue.hpp"
#include "delivery/wait.hpp"
#include "delivery/worker.hpp"
#include "output/verdict_record.hpp"
#include "store/messages.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <set>

namespace smsctl {

namespace {

constexpr int most_recipients = 20;

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

sms::EncodingChoice encoding_choice(const std::string& word)
{
    if (word == "gsm7")
        return sms::EncodingChoice::gsm7;
    return word == "ucs2" ? sms::EncodingChoice::ucs2 : sms::EncodingChoice::automatic;
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
    std::vector<delivery::Draft> drafts();
    void apply_reply(delivery::Draft& draft);
    void show(std::vector<delivery::Verdict>& verdicts);
    void warn_of(const std::vector<delivery::Verdict>& verdicts);
    std::vector<Outcome> send_all(std::vector<delivery::Verdict>& verdicts,
                                  providers::Provider& provider,
                                  output::Printer& printer);
    void emit(const std::function<void()>& print);
    Outcome finish_one(const delivery::Verdict& verdict,
                       const delivery::Settled& settled,
                       providers::Provider& provider,
                       output::Printer& printer);
    Outcome wait_for(sms::Message& message, providers::Provider& provider);
    void answer_original(const sms::Message& reply);
    Outcome block(const sms::Failure& blocked, const std::string& to) const;

    const SendOptions& m_options;
    Session& m_session;
    std::stop_token m_stop;
    store::Scope m_scope;
    std::optional<sms::Message> m_original; ///< what --reply answers
    bool m_reader_left = false;             ///< nobody reads stdout any more
};

void Send::run()
{
    std::vector<delivery::Verdict> verdicts;
    delivery::Enqueue enqueue(m_scope, m_session.clock());
    std::set<std::string> recipients;
    for (const delivery::Draft& draft : drafts()) {
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
    output::Printer printer =
        m_session.printer(verdicts.size() == 1 ? output::Shape::one : output::Shape::many,
                          "message",
                          message_columns());
    const auto provider = m_session.provider(m_scope.workspace());
    delivery::settle_abandoned(m_scope, m_session.clock());
    enqueue.plan_all(verdicts);
    const std::vector<Outcome> outcomes = send_all(verdicts, *provider, printer);
    // A signal is the exit code only where the command may simply be run again.
    if (m_session.signal() != 0 && !first_hint(outcomes).empty() && only_pending(outcomes))
        m_session.throw_if_stopped(first_hint(outcomes));
    throw_outcomes(outcomes);
    if (m_reader_left)
        throw output::BrokenPipe();
}

/// All at once, and told in the order they were named. A database that fails ends it: what was
/// not attempted is certainly not sent.
std::vector<Outcome> Send::send_all(std::vector<delivery::Verdict>& verdicts,
                                    providers::Provider& provider,
                                    output::Printer& printer)
{
    delivery::Selection selection;
    std::map<std::int64_t, delivery::Settled> settled;
    for (delivery::Verdict& verdict : verdicts) {
        sms::Message& message = verdict.replay ? *verdict.replay : verdict.message;
        if (message.status == sms::Status::blocked)
            settled[message.row] = {.message = message};
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
                                   : finish_one(verdict, found->second, provider, printer));
        }
    };
    try {
        if (!selection.message_rows.empty())
            delivery::Worker(m_scope,
                             provider,
                             m_session.clock(),
                             {.concurrency = most_recipients,
                              .mps = m_scope.workspace().rate(),
                              .max_failures = {}})
                .run(
                    selection,
                    [&](const delivery::Settled& one) {
                        settled[one.message.row] = one;
                        if (m_options.wait.empty())
                            tell_in_order();
                    },
                    m_stop);
    } catch (const Error& error) {
        if (error.exit() != Exit::storage && error.exit() != Exit::in_doubt)
            throw;
        broken = error;
    }
    tell_in_order();
    emit([&] { printer.finish(); });
    return outcomes;
}

/// A reader of stdout that leaves must not keep the other recipients from being texted.
void Send::emit(const std::function<void()>& print)
{
    try {
        if (!m_reader_left)
            print();
    } catch (const output::BrokenPipe&) {
        m_reader_left = true;
    }
}

std::vector<delivery::Draft> Send::drafts()
{
    const SendOptions& options = m_options;
    if (options.to.size() > std::size_t{most_recipients})
        throw usage_error(
            "usage.too_many_recipients",
            fmt::format("{} recipients; send takes {}", options.to.size(), most_recipients),
            "run send several times");
    if (options.to.size() > 1 && !options.key.empty())
        throw usage_error("usage.key_recipients",
                          "a key names one message, and there are several recipients",
                          "run send once for each recipient, each with its own --key");
    delivery::Draft draft;
    draft.from = options.from;
    draft.body = read_body(options.body, !options.media.empty(), m_session.streams());
    draft.media_urls = options.media;
    draft.key = options.key;
    draft.tag = options.tag;
    draft.encoding = encoding_choice(options.encoding);
    draft.smart = options.smart ? sms::SmartEncoding::on : sms::SmartEncoding::off;
    draft.max_segments = options.max_segments;
    draft.status_callback = m_scope.workspace().setting("public-url");
    std::vector<std::string> to = options.to;
    if (!options.reply.empty()) {
        apply_reply(draft);
        if (to.empty())
            to.push_back(draft.to);
    }
    if (to.empty())
        throw usage_error(
            "usage.no_recipient", "nobody to send to", "smsctl send +14155550100 -m TEXT");
    std::vector<delivery::Draft> all;
    for (const std::string& recipient : to) {
        all.push_back(draft);
        all.back().to = recipient;
    }
    return all;
}

void Send::apply_reply(delivery::Draft& draft)
{
    m_original = store::Messages(m_scope).resolve(m_options.reply);
    if (m_original->direction != sms::Direction::inbound)
        throw usage_error("usage.reply",
                          fmt::format("{} is not an inbound message", m_original->id),
                          "smsctl message list --direction inbound");
    draft.to = m_original->from;
    if (draft.from.empty())
        draft.from = m_original->to;
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
                         providers::Provider& provider,
                         output::Printer& printer)
{
    sms::Message message = settled.message;
    Outcome outcome{message.to, std::nullopt};
    if (message.status == sms::Status::blocked) {
        outcome = block(message.failure.value(), message.to);
    } else {
        outcome = outcome_of(settled);
        if (!outcome.error && m_original)
            answer_original(message);
        if (!outcome.error && !m_options.wait.empty())
            outcome = wait_for(message, provider);
    }
    emit([&] {
        printer.print(
            output::message_record(message,
                                   m_scope.workspace().name,
                                   verdict.replay ? output::Replayed::yes : output::Replayed::no));
    });
    return outcome;
}

Outcome Send::wait_for(sms::Message& message, providers::Provider& provider)
{
    const sms::Status goal = sms::parse_status(m_options.wait).value();
    try {
        message = delivery::Wait(m_scope, provider, m_session.clock())
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
        original.response_id = reply.provider_id;
        messages.update(original);
        transaction.commit();
    } catch (const Error& error) { // the reply is out: a failure would have it sent again
        m_session.warn(fmt::format("{} was sent, but {} could not be marked processed: {}",
                                   reply.id,
                                   m_original->id,
                                   error.what()));
    }
}

} // namespace

void send(const SendOptions& options, Session& session)
{
    Send(options, session).run();
}

} // namespace smsctl
