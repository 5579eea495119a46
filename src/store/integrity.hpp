#pragma once

#include "store/database.hpp"

#include <string>
#include <vector>

namespace smsctl::store {

/// Something about a database that is not as it should be.
struct Finding {
    enum class Kind {
        damage,  ///< the file is broken, or a row refers to nothing
        schema,  ///< tables or indexes are not what the migrations made
        counter, ///< a stored count is not the number of what it counts
        index,   ///< an index does not fit its table
    };
    Kind kind = Kind::damage;
    std::string text; ///< one clause that names the thing
    bool can_be_repaired = false;
};

/// Looks a database over, all its workspaces.
class Integrity {
public:
    explicit Integrity(Database& database) : m_database(database) {}

    /// At most a few of each kind. What an older schema cannot tell is left out.
    std::vector<Finding> check();
    /// Makes missing indexes again, rebuilds those that do not fit, and counts again; in one
    /// transaction.
    void repair();

private:
    void check_file(std::vector<Finding>& findings);
    void check_schema(std::vector<Finding>& findings);
    void check_rows(std::vector<Finding>& findings);
    void check_search(std::vector<Finding>& findings);

    Database& m_database;
};

} // namespace smsctl::store
