#include "commands/command.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "commands/tail_columns.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"
#include "events/cursor_file.hpp"
#include "events/filter.hpp"
#include "events/follow.hpp"
#include "output/call_record.hpp"
#include "output/traffic_line.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <ostream>
#include <set>
#include <utility>

namespace smsctl {

namespace {

constexpr int default_last = 20;

struct Options {
    std::vector<std::string> references;
    bool follow = false;
    std::optional<int> last;
    std::optional<Instant> since;
    std::optional<std::string> after;
    std::string cursor;
    std::string direction;
    std::string status;
    std::string grep;
    std::string kind;
    std::optional<int> count;
};

events::Selection selection(const Options& options)
{
    events::Selection result;
    result.references = options.references;
    result.kind = options.kind;
    result.status = options.status;
    if (!options.direction.empty())
        result.direction =
            options.direction == "in" ? sms::Direction::inbound : sms::Direction::outbound;
    if (!options.grep.empty())
        result.text.emplace(options.grep);
    return result;
}

/// Prints events that pass the filter, as lines on a terminal and as records elsewhere.
class Tail {
public:
    Tail(const Options& options, Session& session)
        : m_session(session),
          m_scope(session.scope(Access::reading)),
          m_filter(selection(options), m_scope),
          m_cursor(options.cursor),
          m_all_as_events(options.kind == "event"),
          m_count(options.count.value_or(0)),
          m_printer(session.printer(
              output::Shape::stream, tail_object(options.kind), tail_columns(options.kind)))
    {
        const GlobalOptions& global = session.options();
        m_as_lines = session.format(output::Shape::stream) == output::Format::table &&
                     !global.fields && global.print_template.empty();
    }

    store::EventQuery query() const
    {
        store::EventQuery result;
        result.conversation_row = m_filter.conversation_row();
        result.kinds = m_filter.kinds();
        return result;
    }
    store::Scope& scope() { return m_scope; }
    events::CursorFile& cursor() { return m_cursor; }
    bool is_done() const { return m_count > 0 && m_shown >= m_count; }
    int missing() const { return m_count - m_shown; }
    bool has_goal() const { return m_count > 0; }

    /// Whether the event passes, of which the database chose only the kind.
    bool takes(std::int64_t seq)
    {
        if (!m_filter.looks_closer())
            return true;
        const auto event = store::EventLog(m_scope).by_seq(seq);
        return event && m_filter.takes(*event, events::subject_of(*event, m_scope));
    }

    /// False once --count is reached.
    bool see(const sms::Event& event)
    {
        const events::Subject subject = events::subject_of(event, m_scope);
        if (m_filter.takes(event, subject)) {
            show(event, subject);
            ++m_shown;
            m_cursor.move(event.seq); // only now: the record is flushed
        }
        return !is_done();
    }
    void finish() { m_printer.finish(); }

private:
    void show(const sms::Event& event, const events::Subject& subject)
    {
        const std::string& name = m_scope.workspace().name;
        if (m_as_lines) {
            if (m_session.options().quiet)
                return;
            errno = 0;
            m_session.streams().out
                << output::traffic_line(event,
                                        subject,
                                        m_session.colour() ? output::Colour::on
                                                           : output::Colour::off)
                << '\n'
                << std::flush;
            if (!m_session.streams().out)
                throw output::BrokenPipe();
        } else if (event.kind == sms::EventKind::message && subject.message && !m_all_as_events) {
            sms::Message as_of_event = *subject.message;
            as_of_event.seq = event.seq; // where this record stands in the log
            m_printer.print(output::message_record(as_of_event, name));
        } else if (event.kind == sms::EventKind::call && subject.call && !m_all_as_events) {
            sms::Call as_of_event = *subject.call;
            as_of_event.seq = event.seq;
            m_printer.print(output::call_record(as_of_event, name));
        } else {
            m_printer.print(output::event_record(event, name));
        }
    }

    Session& m_session;
    store::Scope m_scope;
    events::Filter m_filter;
    events::CursorFile m_cursor;
    bool m_all_as_events = false;
    bool m_as_lines = false;
    int m_count = 0; ///< 0: no end
    int m_shown = 0;
    output::Printer m_printer;
};

/// Shows everything after `query.after_seq`; returns where it got to.
std::int64_t show_after(Tail& tail, store::EventQuery query)
{
    constexpr int block = 500;
    query.limit = block;
    store::EventLog log(tail.scope());
    while (!tail.is_done()) {
        const std::vector<sms::Event> events = log.list(query);
        for (const sms::Event& event : events) {
            query.after_seq = event.seq;
            if (!tail.see(event))
                return query.after_seq;
        }
        if (events.size() < block)
            break;
    }
    return query.after_seq;
}

/// Shows the latest that pass the filter, all without `last`, in the order in which they happened;
/// returns the newest seq there was.
std::int64_t show_last(Tail& tail, const store::EventQuery& query, std::optional<int> last)
{
    store::EventLog log(tail.scope());
    const std::int64_t newest = log.newest_seq();
    if (last == 0)
        return newest;
    std::set<std::pair<Instant, std::int64_t>> latest;
    log.walk_back(query, [&](const store::EventPlace& place) {
        const bool is_full = last && std::cmp_equal(latest.size(), *last);
        const std::pair at(place.happened_at, place.seq);
        // Nothing is logged before it happened: all that come now happened before those.
        if (is_full && place.logged_at < latest.begin()->first)
            return false;
        if ((is_full && at < *latest.begin()) || !tail.takes(place.seq))
            return true;
        latest.insert(at);
        if (is_full)
            latest.erase(latest.begin());
        return true;
    });
    for (const auto& [happened_at, seq] : latest)
        if (const auto event = log.by_seq(seq); event && !tail.see(*event))
            break;
    return newest;
}

std::int64_t to_seq(const std::string& word)
{
    const auto seq = text::to_integer(word);
    if (!seq || *seq < 0)
        throw usage_error("usage.value",
                          fmt::format("--after: '{}' is not a sequence number", word));
    return *seq;
}

void run(const Options& options, Session& session)
{
    if (!options.status.empty() && options.kind != "call" && !sms::parse_status(options.status))
        throw usage_error("usage.value",
                          fmt::format("--status: '{}' is no status", options.status));
    const std::stop_token stop = session.stop_token();
    Tail tail(options, session);
    store::EventQuery query = tail.query();
    query.since = options.since;
    std::int64_t seq = 0;
    if (options.after || tail.cursor().is_used()) {
        query.after_seq = options.after ? to_seq(*options.after) : tail.cursor().read();
        seq = show_after(tail, query);
    } else if (options.since) {
        seq = show_last(tail, query, options.last);
    } else {
        seq = show_last(tail, query, options.last.value_or(default_last));
    }
    if (options.follow && !tail.is_done()) {
        query.after_seq = seq;
        seq = events::Follow(tail.scope(), session.clock())
                  .run(
                      query, [&tail](const sms::Event& event) { return tail.see(event); }, stop);
    }
    tail.cursor().move(seq);
    tail.finish();
    if (options.follow && tail.has_goal() && !tail.is_done())
        throw Error(
            Exit::pending,
            session.timed_out() ? "pending.timeout" : "pending.awaited",
            fmt::format("{} of {} awaited records are missing", tail.missing(), *options.count));
    if (session.timed_out())
        session.throw_if_stopped({});
}

void declare(CLI::App& app, Session& session)
{
    auto options = std::make_shared<Options>();
    session.notes(app) = {
        "smsctl tail -f\n"
        "smsctl tail +14155550100 --last 50          # one conversation\n"
        "smsctl tail --kind call --since 7d\n"
        "smsctl tail -f --direction in --grep 'yes|no' --count 1   # wait for an answer\n"
        "smsctl tail --cursor seen.txt | while read -r record; do …; done   # nothing twice",
        "A text is printed as its message and a call as a call, with the sequence number of its "
        "event; a status change as an event. What a sync brought stands where it happened, but for "
        "--after, --cursor and -f, which go by sequence number. A cursor file that is not there "
        "yet begins at the first event.",
        "message"};
    add_operand(app, "REF", options->references, "Only these conversations, contacts or numbers");
    add_switch(
        app, "-f,--follow", options->follow, "Go on with what comes, also from other processes");
    CLI::Option* const last =
        add_count(app, "--last", options->last, "Begin with the last N (default 20; 0: none)");
    add_time(
        app, session, "--since", options->since, text::DurationMeans::ago, "Begin at this time");
    CLI::Option* const after =
        add_text(app, "--after", options->after, "SEQ", "Begin after this sequence number");
    CLI::Option* const cursor = add_text(app,
                                         "--cursor",
                                         options->cursor,
                                         "FILE",
                                         "Begin where this file says, and keep it up to date");
    after->excludes(cursor);
    last->excludes(after)->excludes(cursor);
    add_choice(
        app, "--direction", options->direction, {"in", "out"}, "Only messages we received or sent");
    add_text(app, "--status", options->status, "STATUS", "Only what has or brought this status");
    add_text(app, "--grep", options->grep, "RE", "Only messages whose text matches");
    add_choice(app,
               "--kind",
               options->kind,
               {"message", "call", "status", "event", "all"},
               "What to show (default: messages, calls and status changes)");
    add_count(app, "--count", options->count, "Exit after N records");
    on_run(app, session, options, &run);
}

} // namespace

extern const Command tail_command;
const Command tail_command{
    "tail", Group::read, "Show a conversation's traffic, or all of it; -f follows", &declare};

} // namespace smsctl
