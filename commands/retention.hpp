#pragma once

#include <cstdint>

namespace smsctl {

class Session;

namespace store {
class Scope;
}

/// Removes what is older than the workspace keeps messages, until a signal comes; gives how many
/// there were, 0 where it keeps them for ever.
std::int64_t apply_retention(store::Scope& scope, Session& session);

} // namespace smsctl
