#pragma once

#include "commands/session.hpp"

#include <optional>
#include <string>

namespace smsctl {

/// Where the text of a message may come from; at most one.
struct BodyInput {
    std::optional<std::string> text; ///< --message
    std::string file;                ///< --body-file; "-" is stdin
};

/// The text as it is to be sent, never interpreted. Without either source stdin is read, unless it
/// is a terminal or `may_be_empty` (there are media). One line end at the end of a file or of stdin
/// is dropped. Throws `usage.body` for two sources or none, `usage.body_file` for an unreadable
/// one.
std::string read_body(const BodyInput& input, bool may_be_empty, Streams& streams);

} // namespace smsctl
