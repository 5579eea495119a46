// Which workspace a command acts in, where its secrets come from, and what can end it early.
#include "commands/session.hpp"
#include "core/text.hpp"
#include "http/url.hpp"
#include "phone/e164.hpp"
#include "providers/registry.hpp"
#include "workspace/paths.hpp"
#include "workspace/secrets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <ostream>
#include <utility>

namespace smsctl {

namespace {

constexpr std::string_view ambient_name = "env";

std::string variable(const char* name)
{
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// Who signs in for the ambient workspace: an API key where there is a whole one, else the token.
bool ambient_uses_api_key()
{
    return !variable("TWILIO_API_KEY").empty() && !variable("TWILIO_API_SECRET").empty();
}

bool ambient_is_there()
{
    return !variable("TWILIO_ACCOUNT_SID").empty() &&
           (!variable("TWILIO_AUTH_TOKEN").empty() || ambient_uses_api_key());
}

constexpr std::string_view how_to_begin =
    "smsctl workspace add NAME --provider twilio --account-sid AC…, or set TWILIO_ACCOUNT_SID and "
    "TWILIO_AUTH_TOKEN; to try without an account: smsctl sim -- sh";

} // namespace

Session::Session(Streams streams, Clock& clock) : m_streams(streams), m_clock(clock) {}
Session::~Session() = default;

std::string Session::database_location() const
{
    return m_options.db.empty() ? paths::default_database().string() : m_options.db;
}

store::Database& Session::database()
{
    if (!m_database) {
        store::OpenOptions options;
        options.location = database_location();
        // A file that was named and is not there is lost or misspelt: an empty one in its place
        // would hide that.
        options.create = m_options.db.empty() || m_may_make_database || ambient_is_there();
        m_database.emplace(options);
    }
    return *m_database;
}

std::optional<Workspace> Session::ambient_workspace()
{
    if (!ambient_is_there())
        return std::nullopt;
    Workspace workspace = store::Workspaces(database())
                              .ambient("twilio", variable("TWILIO_ACCOUNT_SID"), m_clock.now());
    workspace.ambient = true;
    workspace.name = ambient_name;
    workspace.api_key_id = ambient_uses_api_key() ? variable("TWILIO_API_KEY") : "";
    if (const std::string sender = variable("TWILIO_PHONE_NUMBER"); !sender.empty()) {
        const phone::AddressVerdict verdict = phone::sender(sender, workspace.region());
        if (!verdict.address)
            throw usage_error("usage.environment",
                              fmt::format("TWILIO_PHONE_NUMBER {}", verdict.reason));
        workspace.settings["from"] = verdict.address->text;
    }
    if (const std::string url = variable("BASE_URL"); !url.empty())
        workspace.settings["public-url"] = url;
    return workspace;
}

Workspace Session::named_workspace(const std::string& name)
{
    if (name == ambient_name) {
        if (auto ambient = ambient_workspace())
            return *std::move(ambient);
        throw Error(Exit::auth,
                    "auth.no_workspace",
                    "the ambient workspace env needs TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
                    std::string(how_to_begin));
    }
    store::Workspaces workspaces(database());
    if (auto found = workspaces.find(name))
        return *std::move(found);
    std::vector<std::string> names;
    for (const Workspace& workspace : workspaces.list()) {
        if (!workspace.ambient)
            names.push_back(workspace.name);
    }
    throw not_found_error("workspace",
                          name,
                          names.empty() ? std::string(how_to_begin)
                                        : fmt::format("workspaces: {}", fmt::join(names, ", ")));
}

void Session::find_workspace()
{
    if (!m_options.workspace.empty()) {
        m_workspace = named_workspace(m_options.workspace);
        return;
    }
    m_workspace = store::Workspaces(database()).find_default();
    if (!m_workspace) {
        m_workspace = ambient_workspace();
        if (!m_workspace)
            throw Error(Exit::auth,
                        "auth.no_workspace",
                        "no workspace is set up",
                        std::string(how_to_begin));
        return;
    }
    if (ambient_is_there() && variable("TWILIO_ACCOUNT_SID") != m_workspace->account_id)
        m_ambient_account = variable("TWILIO_ACCOUNT_SID");
}

void Session::announce(const Workspace& workspace)
{
    if (!std::exchange(m_announced, true) && m_streams.err_is_terminal)
        note(fmt::format(
            "workspace {} ({} {})", workspace.name, workspace.provider, workspace.account_id));
}

const Workspace& Session::workspace(Access access)
{
    const bool first = !m_workspace;
    if (first)
        find_workspace();
    if (!m_ambient_account.empty()) {
        const std::string message = fmt::format(
            "TWILIO_ACCOUNT_SID names account {}, but the default workspace {} is of {}",
            m_ambient_account,
            m_workspace->name,
            m_workspace->account_id);
        if (access == Access::mutating)
            throw usage_error(
                "usage.workspace_conflict",
                message,
                fmt::format("choose with -w {} or -w {}", m_workspace->name, ambient_name));
        if (first)
            warn(fmt::format("{}; using {}", message, m_workspace->name));
    }
    if (access == Access::mutating)
        announce(*m_workspace);
    return *m_workspace;
}

std::string Session::seal_context(const Workspace& workspace, store::Purpose purpose)
{
    return fmt::format("{}:{}", workspace.id, store::word(purpose));
}

std::optional<Secret> Session::stored_secret(const Workspace& workspace, store::Purpose purpose)
{
    const auto credential = store::Workspaces(database()).credential(workspace, purpose);
    if (!credential)
        return std::nullopt;
    return secrets::KeyFile(paths::key_file()).open(seal_context(workspace, purpose), *credential);
}

Secret Session::api_secret(const Workspace& workspace)
{
    if (workspace.ambient) {
        Secret secret(variable(ambient_uses_api_key() ? "TWILIO_API_SECRET" : "TWILIO_AUTH_TOKEN"));
        if (!secret.empty())
            return secret;
    } else if (auto secret = stored_secret(workspace, store::Purpose::api)) {
        return *std::move(secret);
    }
    throw Error(Exit::auth,
                "auth.no_secret",
                fmt::format("workspace {} has no secret", workspace.name),
                fmt::format("smsctl workspace add {} --if-exists update", workspace.name));
}

Secret Session::webhook_secret(const Workspace& workspace)
{
    if (workspace.ambient) {
        Secret token(variable("TWILIO_AUTH_TOKEN"));
        if (!token.empty())
            return token;
        throw Error(Exit::auth,
                    "auth.no_webhook_secret",
                    "webhooks are signed with the Auth Token, and TWILIO_AUTH_TOKEN is not set",
                    "set TWILIO_AUTH_TOKEN beside the API key");
    }
    if (auto secret = stored_secret(workspace, store::Purpose::webhook))
        return *std::move(secret);
    if (workspace.api_key_id.empty())
        return api_secret(workspace);
    throw Error(Exit::auth,
                "auth.no_webhook_secret",
                fmt::format("workspace {} signs in with an API key; webhooks are signed with the "
                            "account's Auth Token, which it does not have",
                            workspace.name),
                fmt::format("smsctl workspace add {} --if-exists update --webhook-secret-stdin",
                            workspace.name));
}

std::string Session::api_base(const Workspace& workspace) const
{
    std::string base = variable("SMSCTL_API_BASE");
    if (base.empty())
        return workspace.setting("api-base");
    const auto url = http::parse_url(base);
    if (!url || !url->is_loopback())
        throw usage_error("usage.api_base",
                          fmt::format("SMSCTL_API_BASE: '{}' is not a loopback address", base),
                          "it is meant for smsctl sim; unset it to reach the provider");
    return base;
}

providers::ProviderConfig Session::provider_config(const Workspace& workspace)
{
    providers::ProviderConfig config;
    config.account_id = workspace.account_id;
    config.api_key_id = workspace.api_key_id;
    config.secret = api_secret(workspace);
    config.api_base = api_base(workspace);
    config.clock = &m_clock;
    config.stop = stop_token();
    if (m_options.verbosity >= 2)
        config.trace = [this](std::string_view line) { warn(line); };
    return config;
}

std::unique_ptr<providers::Provider> Session::provider(const Workspace& workspace)
{
    return providers::make_provider(workspace.provider, provider_config(workspace));
}

std::unique_ptr<providers::Provider> Session::provider_until(const Workspace& workspace,
                                                             std::stop_token stop)
{
    providers::ProviderConfig config = provider_config(workspace);
    config.stop = std::move(stop);
    config.trace = {};
    return providers::make_provider(workspace.provider, config);
}

std::unique_ptr<providers::twilio::BulkClient>
Session::bulk_client(const Workspace& workspace, const providers::RequestLimits& limits)
{
    providers::ProviderConfig config = provider_config(workspace);
    config.limits = limits;
    return providers::make_bulk_client(workspace.provider, config);
}

std::stop_token Session::stop_token()
{
    if (!m_cancel) {
        m_cancel = std::make_unique<Cancel>();
        m_on_signal.emplace(m_cancel->token(), [this] { m_stop.request_stop(); });
        start_timer();
    }
    return m_stop.get_token();
}

int Session::signal() const
{
    return m_cancel ? m_cancel->signal() : 0;
}

void Session::set_deadline()
{
    if (m_options.timeout && !m_deadline)
        m_deadline = m_clock.now() + *m_options.timeout;
}

void Session::start_timer()
{
    if (!m_options.timeout)
        return;
    // By the machine's own clock: it ends waits in the network, which no other clock knows of.
    m_timer = std::jthread([this, length = *m_options.timeout](const std::stop_token& ended) {
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        if (wake.wait_for(lock, ended, length, [] { return false; }) || ended.stop_requested())
            return;
        m_timed_out = true;
        m_stop.request_stop();
    });
}

void Session::throw_if_stopped(const std::string& hint)
{
    if (const int caught = signal(); caught != 0)
        throw Error(caught == SIGINT ? Exit::interrupted : Exit::terminated,
                    "interrupted.signal",
                    caught == SIGINT    ? "interrupted"
                    : caught == SIGTERM ? "ended by SIGTERM"
                                        : "ended by SIGHUP: the terminal is gone",
                    hint);
    if (m_timed_out || (m_deadline && m_clock.now() >= *m_deadline))
        throw Error(Exit::pending, "pending.timeout", "--timeout passed", hint);
}

} // namespace smsctl
