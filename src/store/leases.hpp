#pragma once

#include "core/clock.hpp"
#include "store/scope.hpp"

#include <string_view>

namespace smsctl::store {

/// Things only one process may do at a time in a workspace, and where readers left off.
class Leases {
public:
    explicit Leases(Scope& scope) : m_scope(scope) {}

    /// Takes or renews `name`; false while another live owner holds it. In its own transaction.
    bool take(std::string_view name, std::string_view owner, Instant now, Millis length);
    void release(std::string_view name, std::string_view owner);

private:
    Scope& m_scope;
};

class Cursors {
public:
    explicit Cursors(Scope& scope) : m_scope(scope) {}

    std::string get(std::string_view name); ///< "" when not set
    void set(std::string_view name, std::string_view value);
    void remove(std::string_view name);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
