#pragma once

#include "core/clock.hpp"
#include "store/scope.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace smsctl::store {

struct OptOut {
    std::string id; ///< "opt_…"
    std::string address;
    std::string our_address; ///< empty: every sender of the workspace
    std::string reason;
    Instant created_at;
};

class OptOuts {
public:
    explicit OptOuts(Scope& scope) : m_scope(scope) {}

    /// The opt-out that stops `our_address` from texting `address`: the sender's own, else the
    /// workspace's.
    std::optional<OptOut> find(std::string_view address, std::string_view our_address);
    /// Keeps the first when there is one already.
    void add(std::string_view address,
             std::string_view our_address,
             std::string_view reason,
             Instant now);
    /// Removes what `find` would give for exactly this sender.
    void remove(std::string_view address, std::string_view our_address);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
