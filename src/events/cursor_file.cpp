#include "events/cursor_file.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <unistd.h>

namespace smsctl::events {

std::int64_t CursorFile::read() const
{
    // Before the first record is printed: one that cannot be remembered would be printed again.
    const std::filesystem::path folder = std::filesystem::absolute(m_path).parent_path();
    if (::access(folder.c_str(), W_OK) != 0)
        throw usage_error(
            "usage.cursor",
            fmt::format("{} cannot be written: {}", m_path, std::generic_category().message(errno)),
            "name a file in a folder that is there and is yours");
    std::error_code ignored;
    if (std::filesystem::status(m_path, ignored).type() == std::filesystem::file_type::not_found)
        return 0;
    std::ifstream in(m_path);
    std::string line;
    std::getline(in, line);
    const auto seq = text::to_integer(text::trim(line));
    if (!seq || *seq < 0)
        throw usage_error("usage.cursor", fmt::format("{} holds no sequence number", m_path));
    return *seq;
}

void CursorFile::move(std::int64_t seq)
{
    if (!is_used() || seq == m_written)
        return;
    write_atomically(m_path, fmt::format("{}\n", seq));
    m_written = seq;
}

} // namespace smsctl::events
