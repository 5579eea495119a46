#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smsctl {

/// What a command line in one text is for: how the error that refuses it speaks of it.
struct CommandUse {
    std::string_view code; ///< "usage.secret_cmd"
    std::string_view what; ///< "the command for the secret"
    std::string_view hint;
};

/// Splits `command` into words as a shell would (quotes and backslashes), without any expansion.
/// Throws a usage error for an open quote, a line end within a word, or no word.
std::vector<std::string> split_command(std::string_view command, const CommandUse& use);

} // namespace smsctl
