#pragma once

#include "store/statement.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace smsctl::store {

// What is behind Connection and Statement; included by sources of store/ alone.

/// Lets a std::string_view look up a std::string.
struct TextHash {
    using is_transparent = void; // NOLINT(readability-identifier-naming): the standard's name
    std::size_t operator()(std::string_view text) const
    {
        return std::hash<std::string_view>{}(text);
    }
};

struct Connection::Impl {
    Impl(const std::string& where, bool create, bool read_only, Millis busy_timeout);

    std::string location;
    SQLite::Database database;
    /// Below `database`, so that statements go before the connection does.
    std::unordered_map<std::string, std::unique_ptr<Statement::Impl>, TextHash, std::equal_to<>>
        statements;
    /// Those of them whose text is a literal, by its address.
    std::unordered_map<const char*, Statement::Impl*> literals;
};

struct Statement::Impl {
    Impl(Connection::Impl& owner, const std::string& sql, bool is_cached);
    /// Where `$parameter` stands in SQLite's own count; a finished statement starts anew.
    int index(int parameter);
    void bind_text(int parameter, std::string_view value, sqlite3_destructor_type kept);
    /// `column`, when the row at hand has it.
    int checked(int column) const;
    /// Throws what SQLite answered, unless it is SQLITE_OK.
    void check(int result) const;
    void rewind();

    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };

    Connection::Impl& connection;
    std::unique_ptr<sqlite3_stmt, Finalize> handle;
    std::vector<int> parameters;
    bool cached;
    bool busy = false;
    bool done = false;
};

} // namespace smsctl::store
