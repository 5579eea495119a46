#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::store {

class Statement;

/// An open SQLite connection with a cache of prepared statements. Knows nothing of our tables.
class Connection {
public:
    Connection(const std::string& location, bool create, bool read_only, Millis busy_timeout);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Prepared once for each text, then reset and reused.
    Statement prepare(std::string_view sql);
    /// The same for a text that stays where it is for ever, found by its address.
    Statement prepare_literal(std::string_view sql);
    /// One or several statements without results.
    void execute(const std::string& sql);
    std::int64_t last_insert_row() const;

    struct Impl;
    Impl& impl() { return *m_impl; }

private:
    std::unique_ptr<Impl> m_impl;
};

/// One prepared statement in use. Parameters are `$1`, `$2` … as PostgreSQL writes them; `bind`
/// takes the number. Columns count from 0. SQLite's errors come as Error with exit 12.
class Statement {
public:
    struct Impl;
    explicit Statement(Impl& impl);
    ~Statement();
    Statement(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, int value) { return bind(parameter, std::int64_t{value}); }
    Statement& bind(int parameter, bool value) { return bind(parameter, std::int64_t{value}); }
    Statement& bind(int parameter, std::string_view value);
    Statement& bind(int parameter, const std::string& value)
    {
        return bind(parameter, std::string_view(value));
    }
    Statement& bind(int parameter, const char* value)
    {
        return bind(parameter, std::string_view(value));
    }
    Statement& bind(int parameter, Instant value);
    Statement& bind(int parameter, std::nullopt_t null);
    template <typename T>
    Statement& bind(int parameter, const std::optional<T>& value)
    {
        return value ? bind(parameter, *value) : bind(parameter, std::nullopt);
    }
    /// Without a copy: the text must stay as it is until this statement has run.
    Statement& bind_kept(int parameter, std::string_view value);
    Statement& bind_kept(int parameter, std::string&& value) = delete;
    Statement& bind_blob(int parameter, std::string_view bytes);
    /// NULL for an empty text.
    Statement& bind_or_null(int parameter, std::string_view value);

    /// The next row; false after the last.
    bool step();
    /// Runs a statement that returns no row; gives the number of rows it changed.
    int run();

    std::int64_t integer(int column) const;
    int small(int column) const { return static_cast<int>(integer(column)); }
    bool boolean(int column) const { return integer(column) != 0; }
    std::string text(int column) const; ///< "" for NULL
    Instant instant(int column) const;
    std::optional<std::int64_t> maybe_integer(int column) const;
    std::optional<Instant> maybe_instant(int column) const;
    bool is_null(int column) const;

private:
    Impl* m_impl;
};

} // namespace smsctl::store
