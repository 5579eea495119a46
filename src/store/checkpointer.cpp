// A passive checkpoint never waits for the writer nor makes it wait. But the log begins anew only
// once all of it was copied, and a busy writer is always a little ahead: beyond `most` pages it
// copies the last part itself, which is short by then.
#include "store/checkpointer.hpp"

#include "core/error.hpp"
#include "store/sqlite_impl.hpp"

#include <sqlite3.h>

namespace smsctl::store {

Checkpointer::Checkpointer(Database& database, CheckpointPace pace)
    : m_writer(database.connection()),
      m_pace(pace),
      m_next(pace.usual),
      m_own(database.location(), false, false, Millis(0)),
      m_thread([this](const std::stop_token& stop) { run(stop); })
{
    sqlite3_wal_hook(m_writer.impl().database.getHandle(), &Checkpointer::after_commit, this);
}

Checkpointer::~Checkpointer()
{
    sqlite3_wal_autocheckpoint(m_writer.impl().database.getHandle(), m_pace.usual);
}

int Checkpointer::after_commit(void* self, sqlite3* writer, const char* /*name*/, int pages)
{
    static_cast<Checkpointer*>(self)->see(writer, pages);
    return SQLITE_OK;
}

void Checkpointer::see(sqlite3* writer, int pages)
{
    if (pages < m_pace.usual) // it began anew
        m_next = m_pace.usual;
    if (pages >= m_pace.most) {
        const std::lock_guard alone(m_copying); // two at a time copy nothing
        sqlite3_wal_checkpoint_v2(writer, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    }
    if (pages < m_next)
        return;
    m_next = pages + m_pace.usual;
    {
        const std::lock_guard lock(m_mutex);
        m_due = true;
    }
    m_wanted.notify_one();
}

void Checkpointer::run(const std::stop_token& stop)
{
    while (true) {
        {
            std::unique_lock lock(m_mutex);
            if (!m_wanted.wait(lock, stop, [this] { return m_due; }))
                return;
            m_due = false;
        }
        try {
            const std::lock_guard alone(m_copying);
            m_own.execute("PRAGMA wal_checkpoint(PASSIVE)");
        } catch (const Error&) { // NOLINT(bugprone-empty-catch)
            // What is committed stays in the log; the writer meets the same trouble, and says so.
        }
    }
}

} // namespace smsctl::store
