#pragma once

#include <cstdint>
#include <string>

namespace smsctl::events {

/// Where a reader left off, as a sequence number in a file. With an empty path it does nothing.
class CursorFile {
public:
    explicit CursorFile(std::string path) : m_path(std::move(path)) {}

    bool is_used() const { return !m_path.empty(); }
    /// 0 when there is no such file yet. Throws `usage.cursor` when it holds something else or its
    /// folder cannot be written.
    std::int64_t read() const;
    /// Replaces the file in one step. Move it only after what it stands for is out of our hands.
    void move(std::int64_t seq);

private:
    std::string m_path;
    std::int64_t m_written = -1;
};

} // namespace smsctl::events
