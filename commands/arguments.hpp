#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace smsctl {

/// A command line, read against the tree.
struct Arguments {
    std::vector<std::string> path; ///< names of the command and its verb
    CLI::App* command = nullptr;   ///< what they name; the root for none
    bool help = false;             ///< --help or -h was there
    bool version = false;          ///< --version was there
    std::string problem_code;      ///< empty: everything was understood
    std::string problem;
    std::string hint;
};

/// Hands each value of `arguments` to its option in the tree below `root`, as GNU does: options and
/// operands mix, `--long=value`, bundled short options, `--` ends options, values are literal, no
/// abbreviations. What does not fit is the first `problem`; the rest is still read, so that
/// --format holds for the error too.
Arguments read_arguments(CLI::App& root, const std::vector<std::string>& arguments);

/// Whether an operand of `command`'s own was given: some have one beside their verbs.
bool has_operand(const CLI::App& command);

} // namespace smsctl
