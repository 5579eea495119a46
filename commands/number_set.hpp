#pragma once

namespace CLI {
class App;
}

namespace smsctl {

class Session;

/// The verb `set` of `number`.
void declare_number_set(CLI::App& noun, Session& session);

} // namespace smsctl
