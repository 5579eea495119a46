#pragma once

namespace CLI {
class App;
}

namespace smsctl {

class Session;

/// Adds `message list`.
void declare_message_list(CLI::App& noun, Session& session);

} // namespace smsctl
