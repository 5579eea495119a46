#pragma once

#include "core/clock.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// A text with merge fields, as it is stored; templates::Template reads it.
struct StoredTemplate {
    std::int64_t row = 0;
    std::string id; ///< "tpl_…"
    std::string name;
    std::string body;
    Instant created_at;
    Instant updated_at;
};

class Templates {
public:
    explicit Templates(Scope& scope) : m_scope(scope) {}

    void insert(StoredTemplate& stored); ///< fills in row; its name must be free
    /// Name, body and updated_at. Throws not_found (3).
    void update(const StoredTemplate& stored);
    void remove(const StoredTemplate& stored);
    std::vector<StoredTemplate> list(int limit); ///< by name; 0: all
    std::int64_t count();
    std::optional<StoredTemplate> find(std::string_view name);
    /// By name, "tpl_…" id, or an unambiguous prefix of the id. Throws not_found (3) or
    /// `usage.ambiguous`.
    StoredTemplate resolve(std::string_view reference);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
