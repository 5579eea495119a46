#pragma once

#include "core/error.hpp"
#include "templates/recipients.hpp"

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace smsctl {

/// Rows of a list that cannot be used: the first are told, all go into a file when there is one.
class Rejects {
public:
    /// `file` is empty without --rejects. Throws `usage.rejects` when it is `list` itself.
    Rejects(std::string file, const std::string& list);

    /// The row as it stands in the list, below the list's own header. This and `finish` throw
    /// `failed.rejects` (1) when the file cannot be written.
    void add(const templates::Problem& problem, const templates::Recipients& list);
    /// Empties the file of an earlier run when nothing was rejected in this one.
    void finish();

    bool has_file() const { return !m_path.empty(); }
    const std::string& file() const { return m_path; }
    std::int64_t count() const { return m_count; }
    /// "record 3 (line 5): …"
    const std::vector<std::string>& first_lines() const { return m_lines; }
    /// What to do about the first.
    const std::string& hint() const { return m_hint; }

private:
    void open(const templates::Recipients& list);
    Error cannot_be_written() const;

    std::string m_path;
    std::ofstream m_file;
    std::int64_t m_count = 0;
    std::vector<std::string> m_lines;
    std::string m_hint;
};

} // namespace smsctl
