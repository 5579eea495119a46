#include "commands/rejects.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace smsctl {

namespace {

constexpr std::size_t lines_told = 20;

} // namespace

Rejects::Rejects(std::string file, const std::string& list) : m_path(std::move(file))
{
    std::error_code ignored;
    if (has_file() && (m_path == list || std::filesystem::equivalent(m_path, list, ignored)))
        throw usage_error("usage.rejects",
                          fmt::format("{} is the list itself", m_path),
                          "give --rejects another file");
}

void Rejects::open(const templates::Recipients& list)
{
    m_file.open(m_path, std::ios::binary | std::ios::trunc);
    if (!m_file)
        throw cannot_be_written();
    if (!list.is_json())
        m_file << list.raw_header() << '\n';
}

Error Rejects::cannot_be_written() const
{
    return {Exit::failed,
            "failed.rejects",
            fmt::format("{} cannot be written; nothing was planned", m_path),
            "give --rejects a file that can be written"};
}

void Rejects::add(const templates::Problem& problem, const templates::Recipients& list)
{
    ++m_count;
    if (m_lines.size() < lines_told)
        m_lines.push_back(problem.text());
    if (m_count == 1)
        m_hint = problem.hint;
    if (!has_file())
        return;
    if (!m_file.is_open())
        open(list);
    m_file << list.raw() << '\n';
}

void Rejects::finish()
{
    std::error_code ignored;
    if (m_count == 0 && has_file() && std::filesystem::is_regular_file(m_path, ignored))
        m_file.open(m_path, std::ios::binary | std::ios::trunc); // of an earlier run
    if (!m_file.is_open())
        return;
    m_file.close();
    if (!m_file)
        throw cannot_be_written();
}

} // namespace smsctl
