#pragma once

#include "commands/session.hpp"
#include "core/time_text.hpp"

#include <CLI/App.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smsctl {

/// Binds the options every command has to `session.options()`.
void declare_global_options(CLI::App& root, Session& session);
/// The group that help folds into one line.
constexpr const char* global_group = "Global";

/// Makes the command run: `run` gets what was typed. The options live as long as the tree.
template <typename Options>
void on_run(CLI::App& app,
            Session& session,
            std::shared_ptr<Options> options,
            void (*run)(const Options&, Session&))
{
    app.callback([options = std::move(options), &session, run] { run(*options, session); });
}
void on_run(CLI::App& app, Session& session, void (*run)(Session&));

/// A verb below a noun, to be filled by the noun's declare.
CLI::App& add_verb(CLI::App& noun, const std::string& name, const std::string& summary);

/// An operand: `name` in capitals, as usage shows it ("TO", "REF"). A vector takes any number.
CLI::Option* add_operand(CLI::App& app,
                         const std::string& name,
                         std::string& target,
                         const std::string& description);
CLI::Option* add_operand(CLI::App& app,
                         const std::string& name,
                         std::vector<std::string>& target,
                         const std::string& description);
/// An operand that is one of `words`.
CLI::Option* add_operand_choice(CLI::App& app,
                                std::string& target,
                                const std::vector<std::string>& words,
                                const std::string& description);
/// An option with a text value, given at most once; `value` is its name in help ("TEXT").
CLI::Option* add_text(CLI::App& app,
                      const std::string& names,
                      std::string& target,
                      const std::string& value,
                      const std::string& description);
/// The same, but empty when it was not given, so that "" can be told apart.
CLI::Option* add_text(CLI::App& app,
                      const std::string& names,
                      std::optional<std::string>& target,
                      const std::string& value,
                      const std::string& description);
/// An option that may be repeated, one value each time.
CLI::Option* add_texts(CLI::App& app,
                       const std::string& names,
                       std::vector<std::string>& target,
                       const std::string& value,
                       const std::string& description);
/// An option whose value is one of `words`; anything else is a usage error that lists them.
CLI::Option* add_choice(CLI::App& app,
                        const std::string& names,
                        std::string& target,
                        const std::vector<std::string>& words,
                        const std::string& description);
/// A whole number that is not negative.
CLI::Option* add_count(CLI::App& app,
                       const std::string& names,
                       std::optional<int>& target,
                       const std::string& description);
CLI::Option* add_duration(CLI::App& app,
                          const std::string& names,
                          std::optional<Millis>& target,
                          const std::string& description);
/// A time argument of cli.md, "Times": RFC 3339, local date and time, or a duration.
CLI::Option* add_time(CLI::App& app,
                      Session& session,
                      const std::string& names,
                      std::optional<Instant>& target,
                      text::DurationMeans means,
                      const std::string& description);
/// `--flag` bound to a field (CLI11 2.1 wants one).
CLI::Option*
add_switch(CLI::App& app, const std::string& names, bool& target, const std::string& description);

/// "did you mean 'send'?" for the nearest of `known`; empty when nothing is near.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known);

} // namespace smsctl
