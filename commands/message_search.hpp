#pragma once

namespace CLI {
class App;
}

namespace smsctl {

class Session;

/// Adds `message search`.
void declare_message_search(CLI::App& noun, Session& session);

} // namespace smsctl
