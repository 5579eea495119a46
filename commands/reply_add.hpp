#pragma once

#include "webhook/reply_text.hpp"
#include "workspace/workspace.hpp"

#include <string>

namespace CLI {
class App;
}

namespace smsctl {

class Session;

/// Throws a usage error (2) for a text that nobody could be answered with.
void check_reply_text(const std::string& text,
                      webhook::HasKeyword has_keyword,
                      const Workspace& workspace);

void declare_reply_add(CLI::App& noun, Session& session);

} // namespace smsctl
