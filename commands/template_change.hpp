#pragma once

namespace CLI {
class App;
}

namespace smsctl {

class Session;

/// `template add` and `template set`.
void declare_template_add(CLI::App& noun, Session& session);
void declare_template_set(CLI::App& noun, Session& session);

} // namespace smsctl
