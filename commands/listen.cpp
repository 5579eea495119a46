#include "commands/command.hpp"
#include "commands/listen_display.hpp"
#include "commands/listen_exec.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "core/atomic_file.hpp"
#include "http/server.hpp"
#include "http/url.hpp"
#include "webhook/forwarder.hpp"
#include "webhook/listener.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <unistd.h>
#include <utility>

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
    std::string forward_to;
    std::optional<int> retries;
    std::string exec;
    std::optional<int> most_procs;
};

/// Credentials in it would be shown with every event.
void check_forward_to(const std::string& url)
{
    const std::string authority = url.substr(0, url.find_first_of("/?#", url.find("://") + 3));
    if (url.empty() || (http::parse_url(url) && authority.find('@') == std::string::npos))
        return;
    throw usage_error("usage.forward_to",
                      fmt::format("--forward-to: '{}' is not an http or https URL without a user",
                                  authority.find('@') == std::string::npos ? url : "…@…"),
                      "smsctl listen --forward-to http://127.0.0.1:3000/sms");
}

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
    if (options.most_procs && *options.most_procs == 0)
        throw usage_error("usage.value", "--max-procs: let one run at least");
    check_forward_to(options.forward_to);
    if (!options.exec.empty())
        exec_words(options.exec);
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
    return result;
}

webhook::ForwarderOptions forwarder_options(const Options& options,
                                            const webhook::ListenerOptions& listener)
{
    webhook::ForwarderOptions result;
    result.url = options.forward_to.substr(0, options.forward_to.find('#'));
    result.retry.retries = options.retries.value_or(result.retry.retries);
    result.allow_unsigned = listener.allow_unsigned;
    result.home = listener.home;
    result.only_home = listener.only_home;
    return result;
}

/// What `listen` is made of. What comes later hands on to what stands before it, and ends first.
class Listening {
public:
    Listening(const Options& options, Session& session);

    /// Takes webhooks until it is stopped or all that was awaited came.
    void run();

private:
    void begin();
    void announce();
    std::string url() const
    {
        return fmt::format("http://{}{}", m_server.address(), m_options.path);
    }
    std::string where_to() const
    {
        return m_options.forward_to.empty()
                   ? ""
                   : fmt::format(", forwarding to {}", m_options.forward_to);
    }

    const Options& m_options;
    Session& m_session;
    std::stop_token m_stop; ///< made before any thread is
    std::stop_source m_done;
    std::stop_callback<std::function<void()>> m_on_stop;
    webhook::ListenerOptions m_settings;
    std::mutex m_secrets; ///< a secret is read over the session's one database connection
    std::optional<ListenDisplay> m_display;
    std::optional<ListenExec> m_exec;
    std::optional<webhook::Forwarder> m_forwarder;
    std::optional<webhook::Listener> m_listener;
    http::Server m_server;
};

Listening::Listening(const Options& options, Session& session)
    : m_options(options),
      m_session(session),
      m_stop(session.stop_token()),
      m_on_stop(m_stop, [this] { m_done.request_stop(); }),
      m_settings(listener_options(options, session)),
      m_server(options.addr, [this](http::ServerRequest request, http::Responder respond) {
          m_listener->handle(std::move(request), std::move(respond));
      })
{
    const bool is_public = !m_settings.public_url.empty();
    if (options.allow_unsigned && (is_public || !m_server.is_loopback()))
        throw usage_error("usage.allow_unsigned",
                          "--allow-unsigned needs a loopback address and no public URL",
                          is_public && !options.public_url
                              ? "the workspace has a public-url; add --public-url ''"
                              : "");
    ListenDisplay::Settings display;
    display.matches = options.matches;
    display.goal = options.once ? 1 : options.count.value_or(0);
    m_display.emplace(display, session, m_done);
}

void Listening::begin()
{
    const auto problem = [this](std::string_view what) {
        return [this, what](std::string_view why) {
            m_display->warn(fmt::format("smsctl: {}: {}", what, why));
        };
    };
    const auto secret_of = [this](const Workspace& workspace) {
        const std::lock_guard lock(m_secrets);
        return m_session.webhook_secret(workspace);
    };
    if (!m_options.exec.empty())
        m_exec.emplace(ListenExec::Settings{exec_words(m_options.exec),
                                            m_options.most_procs.value_or(4),
                                            !m_options.forward_to.empty()},
                       m_session,
                       problem("--exec"),
                       m_stop);
    if (!m_options.forward_to.empty()) {
        m_forwarder.emplace(
            m_session.database_location(),
            forwarder_options(m_options, m_settings),
            secret_of,
            [this](const webhook::ForwardAttempt& attempt) {
                m_display->see(attempt);
                if (m_exec)
                    m_exec->see(attempt);
            },
            problem("--forward-to"),
            m_session.clock(),
            m_done.get_token());
        m_settings.forwarder = &*m_forwarder;
    }
    m_settings.on_problem = problem("answered 5xx");
    m_listener.emplace(
        m_session.database_location(),
        m_settings,
        secret_of,
        [this](webhook::Received received) {
            if (m_exec)
                m_exec->see(received);
            m_display->see(std::move(received));
        },
        m_session.clock());
}

void Listening::announce()
{
    if (!m_options.ready_file.empty()) {
        const output::Record ready = {
            {"addr", m_server.address()}, {"url", url()}, {"pid", ::getpid()}};
        write_atomically(m_options.ready_file, ready.dump() + "\n");
    }
    if (m_session.streams().err_is_terminal && !m_session.options().quiet)
        m_display->warn(fmt::format("Ready! Listening on {} for workspace {}{} (^C to quit)",
                                    url(),
                                    m_settings.home.name,
                                    where_to()));
}

void Listening::run()
{
    if (m_session.options().dry_run) {
        m_session.note(fmt::format(
            "would listen on {} for workspace {}{}", url(), m_settings.home.name, where_to()));
        return;
    }
    begin();
    announce();
    // Those who are in hand get their answers, an application's as well.
    m_server.run(m_done.get_token(), std::chrono::seconds(m_forwarder ? 12 : 5));
    m_listener.reset();
    m_forwarder.reset();
    m_exec.reset();
    m_display->finish();
    m_display->conclude(m_session);
}

void run(const Options& options, Session& session)
{
    check(options, session);
    Listening(options, session).run();
}

void declare(CLI::App& app, Session& session)
{
    auto options = std::make_shared<Options>();
    session.notes(app) = {
        "smsctl listen\n"
        "smsctl listen --once --timeout 60s --print '{{body}}'     # wait for the next event\n"
        "smsctl listen --once --match 'body~[0-9]{6}' --print '{{body}}'   # wait for a login "
        "code\n"
        "smsctl listen --addr 127.0.0.1:0 --ready-file ready.json  # port 0: any; see the file\n"
        "smsctl listen --forward-to http://127.0.0.1:3000/sms      # and let the application "
        "answer\n"
        "smsctl listen --exec './on-message --log'                 # run a command for each event",
        "Each request is checked, stored and only then answered: a text and a delivery report "
        "with 200, a repeat as well, a bad signature with 403, a number that no workspace here "
        "has with 404. With --once or --count only the awaited events are printed; without an "
        "end that was asked for, ^C ends it with exit 0.\n\n"
        "--forward-to passes every verified webhook that is no repeat on, signed for that URL, "
        "with "
        "X-Smsctl-Event naming its event. The application's 2xx answer is passed back if it comes "
        "within 10 s; any other is a failure and tried again later. What is not forwarded at the "
        "end is by the next listen --forward-to; message show evt_… says how far it is. With "
        "--once or --count the end waits for it: exit 6 when all awaited were given up, 9 when "
        "some were.\n\n"
        "--exec runs a program without a shell, after the answer: the record as JSON on stdin, "
        "SMSCTL_EVENT, SMSCTL_TYPE, SMSCTL_MESSAGE, SMSCTL_CONVERSATION, SMSCTL_FROM, SMSCTL_TO, "
        "SMSCTL_BODY, SMSCTL_STATUS, SMSCTL_ERROR_CODE, SMSCTL_PROVIDER_ID, SMSCTL_WORKSPACE and "
        "SMSCTL_DB in its environment, which holds no credential. It has 30 s; its output goes to "
        "stderr, and what goes wrong with it is a warning.",
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
    CLI::Option* const forward_to = add_text(app,
                                             "--forward-to",
                                             options->forward_to,
                                             "URL",
                                             "Pass webhooks on to an application, and its answer "
                                             "back");
    add_count(app,
              "--retries",
              options->retries,
              "Tries after the first that failed, 1 s to 5 min apart (default 5)")
        ->needs(forward_to);
    CLI::Option* const exec = add_text(
        app, "--exec", options->exec, "'ARGV…'", "Run a command for each event (no shell)");
    add_count(
        app, "--max-procs", options->most_procs, "Commands that run at the same time (default 4)")
        ->needs(exec);
    add_switch(app,
               "--allow-unsigned",
               options->allow_unsigned,
               "Take requests without a signature (loopback, no public URL)");
    on_run(app, session, options, &run);
}

} // namespace

extern const Command listen_command;
const Command listen_command{
    "listen", Group::test_webhooks, "Receive webhooks: verify, store, forward", &declare};

} // namespace smsctl
