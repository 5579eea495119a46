#include "support/run_smsctl.hpp"

#include "commands/cli.hpp"

#include <sstream>
#include <stdexcept>

namespace smsctl::test {

std::vector<nlohmann::ordered_json> Run::records() const
{
    std::vector<nlohmann::ordered_json> all;
    if (!out.empty() && out.front() == '[') {
        for (const auto& record : nlohmann::ordered_json::parse(out))
            all.push_back(record);
        return all;
    }
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);)
        all.push_back(nlohmann::ordered_json::parse(line));
    return all;
}

nlohmann::ordered_json Run::record() const
{
    const auto all = records();
    if (all.size() != 1)
        throw std::runtime_error("expected one record on stdout, got:\n" + out + "stderr:\n" + err);
    return all.front();
}

nlohmann::ordered_json Run::error() const
{
    std::string last;
    std::istringstream lines(err);
    for (std::string line; std::getline(lines, line);)
        last = line;
    return nlohmann::ordered_json::parse(last);
}

Run run_smsctl(const std::vector<std::string>& arguments, const Surroundings& surroundings)
{
    std::istringstream in(surroundings.in);
    std::ostringstream out;
    std::ostringstream err;
    SystemClock system_clock;
    Run run;
    run.exit = run_cli(arguments,
                       {in,
                        out,
                        err,
                        surroundings.in_is_terminal,
                        surroundings.out_is_terminal,
                        surroundings.err_is_terminal},
                       surroundings.clock != nullptr ? *surroundings.clock : system_clock);
    run.out = out.str();
    run.err = err.str();
    return run;
}

Home::Home()
{
    const auto set = [this](const char* name, std::optional<std::string> value) {
        m_variables.push_back(std::make_unique<EnvVar>(name, std::move(value)));
    };
    set("HOME", m_folder.path().string());
    set("XDG_DATA_HOME", (m_folder / "data").string());
    set("XDG_CONFIG_HOME", (m_folder / "config").string());
    set("XDG_RUNTIME_DIR", (m_folder / "run").string());
    set("TERM", "xterm");
    set("COLUMNS", "80");
    for (const char* name : {"SMSCTL_WORKSPACE",  "SMSCTL_DB",
                             "SMSCTL_FORMAT",     "SMSCTL_NO_INPUT",
                             "SMSCTL_TIMEOUT",    "SMSCTL_API_BASE",
                             "SMSCTL_KEY_FILE",   "TWILIO_ACCOUNT_SID",
                             "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY",
                             "TWILIO_API_SECRET", "TWILIO_PHONE_NUMBER",
                             "TELNYX_API_KEY",    "TELNYX_PUBLIC_KEY",
                             "BASE_URL",          "NO_COLOR",
                             "CLICOLOR_FORCE",    "HTTPS_PROXY",
                             "HTTP_PROXY",        "http_proxy",
                             "https_proxy",       "PAGER"})
        set(name, std::nullopt);
}

} // namespace smsctl::test
