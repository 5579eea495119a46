#pragma once

#include "store/messages.hpp"
#include "store/statement.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace smsctl::store {

/// Conditions on messages m, joined by AND behind the one on the workspace, which is `$1`; each
/// with at most one value.
class Conditions {
public:
    /// What `query` asks for, but for its limit and place.
    explicit Conditions(const MessageQuery& query);

    /// '?' in `condition` stands for the value, as often as it is needed.
    void add(const std::string& condition, std::variant<std::int64_t, std::string> value);
    /// "WHERE …"
    std::string sql() const;
    void bind(Statement& statement) const;

private:
    std::string m_workspace = "WHERE m.workspace_id = $1";
    std::string m_sql;
    std::vector<std::variant<std::int64_t, std::string>> m_values;
};

} // namespace smsctl::store
