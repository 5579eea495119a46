#include "commands/command.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "core/atomic_file.hpp"
#include "http/server.hpp"
#include "output/field_match.hpp"
#include "webhook/listener.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>
#include <ostream>
#include <unistd.h>

namespace smsctl {

namespace {

struct Options {
    std::string addr = "127.0.0.1:8787";
    std::optional<std::string> public_url;
    std::string path = "/";
    bool once = false;
    std::optional<int> count;
    std::vector<std::string> matches;
    std::string ready_file;
    bool allow_unsigned = false;
};

const std::vector<output::Column> columns = {{"created_at", "RECEIVED"},
                                             {"from", "FROM"},
                                             {"to", "TO"},
                                             {"status", "STATUS"},
                                             {"body", "BODY"}};

/// "inbound.sms", "status.delivered", "refused": what a request was, as `trigger` names it.
std::string type_of(const webhook::Received& received)
{
    if (received.event.kind == sms::EventKind::refused)
        return "refused";
    if (received.message && received.message->direction == sms::Direction::inbound)
        return received.message->media.empty() ? "inbound.sms" : "inbound.mms";
    return "status." + received.event.status;
}

/// Shows what comes in and knows when enough has come. Called on the listener's writer thread, one
/// request at a time; the main thread looks only after that one has ended.
class Watch {
public:
    Watch(const Options& options, Session& session, std::stop_source enough)
        : m_session(session),
          m_printer(session.printer(output::Shape::stream, "message", columns)),
          m_goal(options.once ? 1 : options.count.value_or(0)),
          m_enough(std::move(enough))
    {
        for (const std::string& match : options.matches)
            m_matches.emplace_back(match, std::vector<std::string_view>{"message", "event"});
        const GlobalOptions& global = session.options();
        const bool chosen =
            global.format_chosen || global.fields.has_value() || !global.print_template.empty();
        m_tell = session.streams().err_is_terminal;
        // On a terminal the lines for people already show it all.
        m_print = chosen || !m_tell || !session.streams().out_is_terminal;
    }

    void see(const webhook::Received& received)
    {
        try {
            tell(received);
            show(received);
        } catch (...) { // an answer waits behind us: give way, and fail once it has left
            if (!m_failure)
                m_failure = std::current_exception();
            m_enough.request_stop();
        }
    }

    /// Rethrows what went wrong while printing; else ends the output.
    void finish()
    {
        if (m_failure)
            std::rethrow_exception(m_failure);
        m_printer.finish();
    }
    int goal() const { return m_goal; }
    int counted() const { return m_counted; }
    bool reached() const { return m_goal > 0 && m_counted >= m_goal; }

private:
    void tell(const webhook::Received& received)
    {
        if (!m_tell)
            return;
        std::string line = fmt::format("--> {}", type_of(received));
        if (const auto& message = received.message) {
            line += fmt::format(" {} → {}", message->from, message->to);
            if (message->direction == sms::Direction::inbound)
                line += fmt::format("  \"{}\"", message->body);
        } else if (!received.event.provider_id.empty()) {
            line += " " + received.event.provider_id;
        }
        if (!received.event.reason.empty())
            line += fmt::format("  ({})", received.event.reason);
        m_session.note(line);
        m_session.note(fmt::format("<-- [{}]", received.http_status));
    }

    void show(const webhook::Received& received)
    {
        if (reached()) // committed in the same batch as the last one that was awaited
            return;
        const sms::Event& event = received.event;
        const bool is_text = event.kind == sms::EventKind::message && received.message;
        const output::Record record =
            is_text ? output::message_record(*received.message, received.workspace.name)
                    : output::event_record(event, received.workspace.name);
        const bool fits = std::all_of(m_matches.begin(), m_matches.end(), [&](const auto& match) {
            return match.holds(record);
        });
        const bool counts =
            event.kind == sms::EventKind::message || event.kind == sms::EventKind::status;
        // Who waits for events gets those alone, so that `$(smsctl listen --once …)` is one record.
        if (!fits || (m_goal > 0 && !counts))
            return;
        if (m_print)
            m_printer.print(record);
        m_counted += counts ? 1 : 0;
        if (reached())
            m_enough.request_stop();
    }

    Session& m_session;
    output::Printer m_printer;
    std::vector<output::FieldMatch> m_matches;
    int m_goal = 0; ///< 0: none
    int m_counted = 0;
    bool m_tell = false;
    bool m_print = true;
    std::stop_source m_enough;
    std::exception_ptr m_failure;
};

void check(const Options& options, Session& session)
{
    if (options.addr.starts_with("unix:") || options.addr.starts_with("fd:"))
        throw usage_error("usage.addr",
                          fmt::format("--addr {}: only HOST:PORT is supported", options.addr),
                          "smsctl listen --addr 127.0.0.1:0");
    if (!options.path.starts_with('/'))
        throw usage_error("usage.path",
                          fmt::format("--path {} does not begin with /", options.path));
    if (options.count && *options.count == 0)
        throw usage_error("usage.value", "--count: wait for one event at least");
    if (session.database_location() == ":memory:")
        throw usage_error("usage.db", "listen keeps what it receives in a file, not in :memory:");
}

webhook::ListenerOptions listener_options(const Options& options, Session& session)
{
    webhook::ListenerOptions result;
    result.home = session.workspace(Access::mutating);
    result.path = options.path;
    if (options.public_url && !options.public_url->empty())
        check_setting("public-url", *options.public_url);
    result.public_url = options.public_url.value_or(result.home.setting("public-url"));
    result.allow_unsigned = options.allow_unsigned;
    result.only_home = !session.options().workspace.empty();
    result.on_problem = [&session](std::string_view problem) {
        session.warn(fmt::format("smsctl: answered 5xx: {}", problem));
    };
    return result;
}

void announce(const Options& options,
              const std::string& address,
              const Workspace& home,
              Session& session)
{
    const std::string url = fmt::format("http://{}{}", address, options.path);
    if (!options.ready_file.empty()) {
        const output::Record ready = {{"addr", address}, {"url", url}, {"pid", ::getpid()}};
        write_atomically(options.ready_file, ready.dump() + "\n");
    }
    if (session.streams().err_is_terminal)
        session.note(
            fmt::format("Ready! Listening on {} for workspace {} (^C to quit)", url, home.name));
}

void conclude(const Watch& watch, Session& session)
{
    if (watch.reached())
        return;
    if (watch.goal() > 0)
        throw Error(Exit::pending,
                    session.timed_out() ? "pending.timeout" : "pending.awaited",
                    fmt::format("{} of {} awaited events came", watch.counted(), watch.goal()));
    if (session.timed_out())
        session.throw_if_stopped({});
}

void run(const Options& options, Session& session)
{
    check(options, session);
    webhook::ListenerOptions settings = listener_options(options, session);
    const Workspace home = settings.home;
    const bool is_public = !settings.public_url.empty();
    const std::stop_token stop = session.stop_token(); // before any thread is made

    std::stop_source done;
    const std::stop_callback on_stop(stop, [&done] { done.request_stop(); });
    Watch watch(options, session, done);
    std::optional<webhook::Listener> listener;
    http::Server server(options.addr,
                        [&listener](http::ServerRequest request, http::Responder respond) {
                            listener->handle(std::move(request), std::move(respond));
                        });
    if (options.allow_unsigned && (is_public || !server.is_loopback()))
        throw usage_error("usage.allow_unsigned",
                          "--allow-unsigned needs a loopback address and no public URL",
                          is_public && !options.public_url
                              ? "the workspace has a public-url; add --public-url ''"
                              : "");
    if (session.options().dry_run) {
        session.note(fmt::format("would listen on http://{}{} for workspace {}",
                                 server.address(),
                                 options.path,
                                 home.name));
        return;
    }
    listener.emplace(
        session.database_location(),
        std::move(settings),
        [&session](const Workspace& workspace) { return session.webhook_secret(workspace); },
        [&watch](const webhook::Received& received) { watch.see(received); },
        session.clock());
    announce(options, server.address(), home, session);
    server.run(done.get_token());
    listener.reset();
    watch.finish();
    conclude(watch, session);
}

void declare(CLI::App& app, Session& session)
{
    auto options = std::make_shared<Options>();
    session.notes(app) = {
        "smsctl listen\n"
        "smsctl listen --once --timeout 60s --print '{{body}}'     # wait for the next event\n"
        "smsctl listen --once --match 'body~[0-9]{6}' --print '{{body}}'   # wait for a login "
        "code\n"
        "smsctl listen --addr 127.0.0.1:0 --ready-file ready.json  # port 0: any; see the file",
        "Each request is checked, stored and only then answered: a text and a delivery report "
        "with 200, a repeat as well, a bad signature with 403, a number that no workspace here "
        "has with 404. With --once or --count only the awaited events are printed; without an "
        "end that was asked for, ^C ends it with exit 0.",
        "message"};
    add_text(app,
             "--addr",
             options->addr,
             "HOST:PORT",
             "Where to listen (default 127.0.0.1:8787; port 0: any)");
    add_text(app,
             "--public-url",
             options->public_url,
             "URL",
             "Address the provider knows us by, and signs (default: the workspace's public-url)");
    add_text(app, "--path", options->path, "PATH", "Take requests here only (default /)");
    CLI::Option* const once = add_switch(app, "--once", options->once, "Exit after one event");
    CLI::Option* const count = add_count(app, "--count", options->count, "Exit after N events");
    once->excludes(count);
    add_texts(app,
              "--match",
              options->matches,
              "FIELD=V|FIELD~RE",
              "Show and count only records that fit; repeat: all must hold");
    add_text(
        app, "--ready-file", options->ready_file, "FILE", "Write {addr,url,pid} here once ready");
    add_switch(app,
               "--allow-unsigned",
               options->allow_unsigned,
               "Take requests without a signature (loopback, no public URL)");
    on_run(app, session, options, &run);
}

} // namespace

extern const Command listen_command;
const Command listen_command{
    "listen", Group::test_webhooks, "Receive webhooks: verify, store, show", &declare};

} // namespace smsctl
