#pragma once

#include "core/clock.hpp"
#include "support/env_var.hpp"
#include "support/temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace smsctl::test {

/// What a user got from one command.
struct Run {
    int exit = 0;
    std::string out;
    std::string err;

    /// The records on stdout, one a line (or the one document that --format json printed).
    std::vector<nlohmann::ordered_json> records() const;
    /// The only record; fails when there is another number of them.
    nlohmann::ordered_json record() const;
    /// The error object on stderr's last line.
    nlohmann::ordered_json error() const;
};

/// What a command's surroundings look like. Streams are pipes unless told otherwise.
struct Surroundings {
    std::string in; ///< what stdin gives before it ends
    bool in_is_terminal = false;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    Clock* clock = nullptr; ///< none: the system's

    static Surroundings terminal(std::string typed = {})
    {
        return {std::move(typed), true, true, true, nullptr};
    }
};

/// Runs a command line through run_cli with captured streams.
Run run_smsctl(const std::vector<std::string>& arguments, const Surroundings& surroundings = {});

/// A home of its own for the commands of a test: database and key file below a fresh folder, and
/// no SMSCTL_*, TWILIO_* or colour variable from outside.
class Home {
public:
    Home();

    std::filesystem::path database() const { return m_folder / "data" / "smsctl" / "smsctl.db"; }
    const std::filesystem::path& path() const { return m_folder.path(); }

private:
    TempDir m_folder;
    std::vector<std::unique_ptr<EnvVar>> m_variables;
};

} // namespace smsctl::test
