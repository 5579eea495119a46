#include "store/migrations.hpp"
#include "store/sqlite_impl.hpp"
#include "store/storage_error.hpp"
#include "workspace/private_file.hpp"

#include <SQLiteCpp/Backup.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <system_error>

namespace smsctl::store {

namespace {

/// Goes with what SQLite put beside it, unless it was renamed.
class Unfinished {
public:
    explicit Unfinished(std::filesystem::path path) : m_path(std::move(path)) {}
    ~Unfinished()
    {
        std::error_code ignored;
        std::filesystem::remove(m_path, ignored);
        std::filesystem::remove(m_path.string() + "-journal", ignored);
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;

    const std::filesystem::path& path() const { return m_path; }

private:
    std::filesystem::path m_path;
};

/// All pages in one step: one read transaction, which in WAL stops no writer and sees no change.
void copy_pages(SQLite::Database& source, const std::string& location, const std::string& target)
{
    try {
        SQLite::Database copy(target, SQLite::OPEN_READWRITE);
        SQLite::Backup backup(copy, source);
        const int result = backup.executeStep(-1);
        if (result != SQLITE_DONE)
            throw storage_error(result, sqlite3_errstr(result), location);
    } catch (const SQLite::Exception& exception) {
        const bool is_target = (exception.getErrorCode() & 0xff) == SQLITE_FULL;
        throw storage_error(exception, is_target ? target : location);
    }
}

Error taken(const std::filesystem::path& target)
{
    return usage_error("usage.exists",
                       fmt::format("{} is there already", target.string()),
                       "give a name that is not taken");
}

} // namespace

void copy_database(Connection& source,
                   const std::string& location,
                   const std::filesystem::path& target)
{
    if (std::filesystem::exists(std::filesystem::symlink_status(target)))
        throw taken(target);
    try {
        const Unfinished copy(private_sibling(target));
        copy_pages(source.impl().database, location, copy.path().string());
        if (!rename_if_free(copy.path(), target))
            throw taken(target);
    } catch (const std::system_error& error) {
        throw file_error(error.code().value(), "create", target.string());
    }
}

} // namespace smsctl::store
