#include "model/death.hpp"

#include <sqlite3.h>

namespace smsctl::model {

namespace {

/// Not zero: the commit becomes a rollback.
int on_commit(void*)
{
    return Death::instance().step() ? 0 : 1;
}

int on_open(sqlite3* database, char**, const sqlite3_api_routines*)
{
    sqlite3_commit_hook(database, on_commit, nullptr);
    return SQLITE_OK;
}

} // namespace

Death::Death()
{
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(on_open));
}

Death& Death::instance()
{
    static Death death;
    return death;
}

void Death::come_after(int steps)
{
    m_left = steps;
    m_armed = true;
}

void Death::never()
{
    m_armed = false;
    m_dead = false;
}

bool Death::step()
{
    if (m_armed && m_left.fetch_sub(1) <= 0)
        m_dead = true;
    return !m_dead;
}

} // namespace smsctl::model
