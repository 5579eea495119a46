#include "commands/listen_exec.hpp"

#include "commands/listen_display.hpp"
#include "core/command_words.hpp"
#include "core/text.hpp"
#include "store/workspaces.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace smsctl {

namespace {

/// What of a text a variable can hold: Linux takes no more than 128 KiB and no NUL.
std::string variable_value(std::string_view value)
{
    constexpr std::size_t most = 100'000;
    std::string text =
        value.size() > most ? text::to_utf8(value.substr(0, most)) : std::string(value);
    std::erase(text, '\0');
    return text;
}

/// What would hand a credential on: the providers' own variables, and those that a workspace reads
/// its secrets from.
EnvironmentChanges without_secrets(Session& session)
{
    EnvironmentChanges changes;
    for (const char* name :
         {"TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET", "TELNYX_API_KEY"})
        changes.emplace_back(name, std::nullopt);
    store::Workspaces workspaces(session.database());
    for (const Workspace& workspace : workspaces.list())
        for (const store::Purpose purpose : {store::Purpose::api, store::Purpose::webhook}) {
            const auto credential = workspaces.credential(workspace, purpose);
            if (credential && credential->kind == secrets::Kind::env)
                changes.emplace_back(credential->value, std::nullopt);
        }
    return changes;
}

webhook::CommandOptions options_of(const ListenExec::Settings& settings)
{
    webhook::CommandOptions options;
    options.words = settings.words;
    options.most_at_once = settings.most_at_once;
    return options;
}

} // namespace

std::vector<std::string> exec_words(const std::string& command)
{
    return split_command(
        command,
        {"usage.exec", "the command of --exec", "for example --exec './on-message --log'"});
}

ListenExec::ListenExec(const Settings& settings,
                       Session& session,
                       webhook::CommandRunner::OnProblem on_problem,
                       std::stop_token stop)
    : m_forwards(settings.forwards),
      m_environment(without_secrets(session)),
      m_runner(options_of(settings), std::move(on_problem), std::move(stop))
{
    m_environment.emplace_back("SMSCTL_DB", session.database_location());
}

ListenExec::~ListenExec()
{
    for (auto& [event_seq, run] : m_until_told) // nobody is told of these any more
        m_runner.add(std::move(run));
}

void ListenExec::see(const webhook::Received& received)
{
    if (!received.is_news)
        return;
    webhook::CommandRun run = run_for(received);
    if (!m_forwards)
        return m_runner.add(std::move(run));
    const std::lock_guard lock(m_mutex);
    m_until_told.emplace(received.event.seq, std::move(run));
}

void ListenExec::see(const webhook::ForwardAttempt& attempt)
{
    const std::lock_guard lock(m_mutex);
    if (auto run = m_until_told.extract(attempt.event_seq))
        m_runner.add(std::move(run.mapped()));
}

webhook::CommandRun ListenExec::run_for(const webhook::Received& received) const
{
    webhook::CommandRun run;
    run.event_id = received.event.id;
    run.input =
        webhook_record(received).dump(-1, ' ', false, output::Record::error_handler_t::replace) +
        "\n";
    run.environment = m_environment;
    const auto set = [&run](const char* name, std::string_view value) {
        run.environment.emplace_back(name, variable_value(value));
    };
    if (!received.workspace.ambient) // that one is made of variables which do not go along
        set("SMSCTL_WORKSPACE", received.workspace.name);
    set("SMSCTL_EVENT", received.event.id);
    set("SMSCTL_TYPE", webhook_type(received));
    set("SMSCTL_STATUS", received.event.status);
    set("SMSCTL_ERROR_CODE", received.event.error_code);
    set("SMSCTL_PROVIDER_ID", received.event.provider_id);
    const sms::Message message = received.message.value_or(sms::Message());
    set("SMSCTL_MESSAGE", message.id);
    set("SMSCTL_CONVERSATION", message.conversation_id);
    set("SMSCTL_FROM", message.from);
    set("SMSCTL_TO", message.to);
    set("SMSCTL_BODY", message.body);
    return run;
}

} // namespace smsctl
