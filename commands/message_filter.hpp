#pragma once

#include "commands/session.hpp"
#include "store/messages.hpp"

#include <optional>
#include <string>

namespace smsctl {

/// Which messages a command is about, as typed.
struct MessageFilter {
    std::string direction;
    std::string status;
    std::string processed;
    std::string with;
    std::string tag;
    std::optional<Instant> since;
    std::optional<Instant> until;
};

/// Binds --direction, --status, --processed, --with, --tag, --since and --until.
void declare_filter(CLI::App& verb, MessageFilter& filter, Session& session);
/// Throws usage errors for what names nothing.
store::MessageQuery query_of(const MessageFilter& filter, store::Scope& scope);

} // namespace smsctl
