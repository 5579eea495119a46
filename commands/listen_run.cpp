#include "commands/listen_run.hpp"

#include "commands/reply_add.hpp"
#include "core/atomic_file.hpp"
#include "http/url.hpp"
#include "store/templates.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <unistd.h>
#include <utility>
#include <variant>

namespace smsctl {

namespace {

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

/// What texts are answered with where no rule is; it must do for the workspace that is at home
/// here.
webhook::ReplyOptions reply_options(const ListenOptions& options, Session& session)
{
    webhook::ReplyOptions result;
    if (!options.reply_template.empty()) {
        store::Scope scope = session.scope(Access::mutating);
        const auto stored = store::Templates(scope).resolve(options.reply_template);
        check_reply_text(stored.body, webhook::HasKeyword::no, scope.workspace());
        result.template_name = stored.name;
    } else if (options.reply) {
        check_reply_text(
            *options.reply, webhook::HasKeyword::no, session.workspace(Access::mutating));
        result.text = *options.reply;
    }
    return result;
}

webhook::ListenerOptions listener_options(const ListenOptions& options, Session& session)
{
    webhook::ListenerOptions result;
    result.home = session.workspace(Access::mutating);
    result.reply = reply_options(options, session);
    result.path = options.path;
    if (options.public_url && !options.public_url->empty())
        check_setting("public-url", *options.public_url);
    result.public_url = options.public_url.value_or(result.home.setting("public-url"));
    result.allow_unsigned = options.allow_unsigned;
    result.only_home = !session.options().workspace.empty();
    return result;
}

webhook::ForwarderOptions forwarder_options(const ListenOptions& options,
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

} // namespace

void check(const ListenOptions& options, Session& session)
{
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

Listening::Listening(const ListenOptions& options, Session& session)
    : m_options(options),
      m_session(session),
      m_stop(session.stop_token()),
      m_on_stop(m_stop, [this] { m_done.request_stop(); }),
      m_settings(listener_options(options, session)),
      m_server(options.addr,
               [this](http::ServerRequest request, http::Responder respond) {
                   m_listener->handle(std::move(request), std::move(respond));
               },
               {},
               {options.tls_certificate, options.tls_key})
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
    if (!options.point.empty())
        m_point.emplace(options.point,
                        m_settings.public_url,
                        options.path,
                        session,
                        [this](const std::string& line) { m_display->warn(line); });
}

std::string Listening::url() const
{
    return m_server.url() + m_options.path;
}

std::string Listening::where_to() const
{
    return m_options.forward_to.empty() ? ""
                                        : fmt::format(", forwarding to {}", m_options.forward_to);
}

/// What comes from now on waits until `run` serves it.
void Listening::point()
{
    store::Scope scope = m_session.scope(Access::mutating);
    warn_of_left_over(scope, m_session, m_point ? m_point->number_row() : 0);
    if (m_point)
        m_point->begin();
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
    m_media.emplace(m_session, m_secrets, problem("media-dir"), m_stop);
    if (!m_options.exec.empty())
        m_exec.emplace(ListenExec::Settings{exec_words(m_options.exec),
                                            m_options.most_procs.value_or(4),
                                            !m_options.forward_to.empty()},
                       m_session,
                       problem("--exec"),
                       m_stop);
    m_turns.emplace([this](ListenTurns::Item item) { hand_on(std::move(item)); },
                    m_options.backfill.has_value());
    if (!m_options.forward_to.empty()) {
        m_forwarder.emplace(
            m_session.database_location(),
            forwarder_options(m_options, m_settings),
            secret_of,
            [this](const webhook::ForwardAttempt& attempt) { m_turns->add(attempt); },
            problem("--forward-to"),
            m_session.clock(),
            m_done.get_token());
        m_settings.forwarder = &*m_forwarder;
    }
    if (m_options.backfill)
        look_back(problem("--backfill"));
    m_settings.on_problem = problem("answered 5xx");
    m_settings.on_reply_problem = problem("no reply");
    m_listener.emplace(
        m_session.database_location(),
        m_settings,
        secret_of,
        [this](webhook::Received received) { m_turns->add(std::move(received)); },
        m_session.clock());
}

void Listening::look_back(ListenBackfill::OnProblem on_problem)
{
    const std::lock_guard lock(m_secrets); // the forwarder may ask for one by now
    m_backfill.emplace(
        m_session.clock().now() - *m_options.backfill,
        m_options.path,
        m_session,
        m_settings.forwarder,
        [this](webhook::Received received) { hand_on(std::move(received)); },
        [this] { m_turns->open(); },
        std::move(on_problem),
        m_done.get_token());
}

/// What was committed, for those who do something with it; in the order of `m_turns`.
void Listening::hand_on(ListenTurns::Item item)
{
    if (const auto* received = std::get_if<webhook::Received>(&item))
        m_media->see(*received);
    std::visit(
        [this](auto& one) {
            if (m_exec)
                m_exec->see(one);
            m_display->see(std::move(one));
        },
        item);
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
        if (m_point)
            m_session.note(fmt::format("would point {}", m_point->plan()));
        return;
    }
    point();
    begin();
    if (m_point)
        m_point->watch(m_done.get_token(), [this] { m_served.request_stop(); });
    announce();
    // Those who are in hand get their answers, an application's as well.
    m_server.run((m_point ? m_served : m_done).get_token(),
                 std::chrono::seconds(m_forwarder ? 12 : 5));
    m_listener.reset();
    m_backfill.reset();
    m_forwarder.reset();
    m_exec.reset();
    m_media.reset();
    m_display->finish();
    m_display->conclude(m_session);
    if (m_point)
        m_point->finish();
}

} // namespace smsctl
