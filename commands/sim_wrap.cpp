// `sim -- CMD`: a command in a world of its own. It finds the simulator through SMSCTL_API_BASE, a
// workspace that knows its numbers in a database that goes with it, and nothing of the user's.

#include "commands/sim_command.hpp"
#include "core/error.hpp"
#include "providers/registry.hpp"
#include "sim/simulator.hpp"
#include "store/workspaces.hpp"
#include "updates/sync_numbers.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <unistd.h>

namespace smsctl {

namespace {

/// A folder that goes with all in it.
class ThrowAwayFolder {
public:
    ThrowAwayFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "smsctl-sim-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw Error(Exit::failed,
                        "file.unwritable",
                        fmt::format("cannot make a folder below {}: {}",
                                    std::filesystem::temp_directory_path().string(),
                                    std::generic_category().message(errno)));
        m_path = name;
    }
    ~ThrowAwayFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    ThrowAwayFolder(const ThrowAwayFolder&) = delete;
    ThrowAwayFolder& operator=(const ThrowAwayFolder&) = delete;

    std::string file(const char* name) const { return (m_path / name).string(); }

private:
    std::filesystem::path m_path;
};

/// What the commands send from. Not Twilio's +15005550006, which is what people try to text.
const std::string& usual_sender(const sim::Simulator& simulator)
{
    const std::vector<std::string>& numbers = simulator.numbers();
    return numbers.size() > 1 ? numbers[1] : numbers.front();
}

/// Makes the workspace `sim` with its numbers. The credential is a reference: the token stands in
/// the command's environment anyway.
void set_up(const std::string& location, const sim::Simulator& simulator, Session& session)
{
    store::OpenOptions open;
    open.location = location;
    store::Database database(open);
    store::Workspaces workspaces(database);
    Workspace workspace;
    workspace.name = "sim";
    workspace.provider = "sim";
    workspace.account_id = simulator.account_id();
    workspace.settings["from"] = usual_sender(simulator);
    workspaces.add(workspace, session.clock().now());
    workspaces.set_credential(
        workspace, store::Purpose::api, {secrets::Kind::env, "TWILIO_AUTH_TOKEN"});

    providers::ProviderConfig config;
    config.account_id = simulator.account_id();
    config.secret = Secret(simulator.auth_token());
    config.api_base = simulator.url();
    config.clock = &session.clock();
    const auto provider = providers::make_provider("sim", config);
    store::Scope scope = database.scope(workspace);
    updates::sync_numbers(scope, provider->list_numbers(), session.clock().now());
}

/// Whether the terminal has sent ^C to the command already, as to all of the foreground.
bool terminal_told_it(int signal)
{
    return signal == SIGINT && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

} // namespace

EnvironmentChanges sim_environment(const sim::Simulator& simulator)
{
    return {{"SMSCTL_API_BASE", simulator.url()},
            {"TWILIO_ACCOUNT_SID", simulator.account_id()},
            {"TWILIO_AUTH_TOKEN", simulator.auth_token()},
            {"TWILIO_PHONE_NUMBER", usual_sender(simulator)},
            {"TWILIO_MESSAGING_SERVICE_SID", simulator.service_id()}};
}

int run_against(const sim::Simulator& simulator,
                const std::vector<std::string>& command,
                Session& session)
{
    const std::stop_token stop = session.stop_token();
    const ThrowAwayFolder folder;
    const std::string location = folder.file("smsctl.db");
    set_up(location, simulator, session);
    EnvironmentChanges environment = sim_environment(simulator);
    environment.emplace_back("SMSCTL_DB", location);
    environment.emplace_back("SMSCTL_WORKSPACE", "sim");
    environment.emplace_back("SMSCTL_KEY_FILE", folder.file("key"));
    for (const char* real : {"TWILIO_API_KEY", "TWILIO_API_SECRET", "BASE_URL"})
        environment.emplace_back(real, std::nullopt);

    Child child(command, environment);
    const int status = child.wait(stop, [&] {
        const int signal = session.signal() == 0 ? SIGTERM : session.signal();
        if (!terminal_told_it(signal))
            child.send(signal);
    });
    if (session.timed_out())
        session.throw_if_stopped("");
    return status;
}

void wait_for_stop(const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, stop, [] { return false; });
}

} // namespace smsctl
