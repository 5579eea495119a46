#pragma once

namespace CLI {
class App;
}

namespace smsctl {

class Session;

/// The verb `mark` of `message`.
void declare_message_mark(CLI::App& noun, Session& session);

} // namespace smsctl
