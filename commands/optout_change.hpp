#pragma once

namespace CLI {
class App;
}

namespace smsctl {

class Session;

/// `optout add` and `optout rm`.
void declare_optout_add(CLI::App& noun, Session& session);
void declare_optout_rm(CLI::App& noun, Session& session);

} // namespace smsctl
