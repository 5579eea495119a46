#pragma once

#include "store/database.hpp"

namespace smsctl::store {

/// A part of a transaction that can be undone alone: rolled back unless kept.
class Savepoint {
public:
    explicit Savepoint(Database& database);
    ~Savepoint();
    Savepoint(const Savepoint&) = delete;
    Savepoint& operator=(const Savepoint&) = delete;

    void keep();

private:
    Connection& m_connection;
    bool m_open = true;
};

} // namespace smsctl::store
