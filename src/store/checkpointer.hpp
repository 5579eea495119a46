#pragma once

#include "store/database.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

struct sqlite3;

namespace smsctl::store {

/// When the write-ahead log goes into the database file, in pages of the log.
struct CheckpointPace {
    int usual = 10'000; ///< a checkpoint each time it grew by this
    int most = 40'000;  ///< here the writer itself sees to it that the log begins anew
};

/// Copies what a connection commits from the write-ahead log into the file on a thread of its own,
/// for a writer whose every commit somebody waits for. By itself SQLite would hold up every
/// thousandth commit or so for as long as that takes.
class Checkpointer {
public:
    /// Takes over from `database`'s connection until it is destroyed; opens its own.
    explicit Checkpointer(Database& database, CheckpointPace pace = {});
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

private:
    static int after_commit(void* self, sqlite3* writer, const char* name, int pages);
    void see(sqlite3* writer, int pages);
    void run(const std::stop_token& stop);

    Connection& m_writer;
    CheckpointPace m_pace;
    int m_next; ///< pages at which it is due again
    Connection m_own;
    std::mutex m_mutex;
    std::condition_variable_any m_wanted;
    bool m_due = false; ///< guarded by `m_mutex`
    std::mutex m_copying;
    std::jthread m_thread; ///< last: ends first
};

} // namespace smsctl::store
