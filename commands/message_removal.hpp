#pragma once

namespace CLI {
class App;
}

namespace smsctl {

class Session;

/// Adds `message redact` and `message rm`.
void declare_message_redact(CLI::App& noun, Session& session);
void declare_message_rm(CLI::App& noun, Session& session);

} // namespace smsctl
