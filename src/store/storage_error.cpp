#include "store/storage_error.hpp"

#include <SQLiteCpp/Exception.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace smsctl::store {

namespace {

Error storage(const char* code, const std::string& message, const std::string& hint)
{
    return {Exit::storage, code, message, hint};
}

Error locked(const std::string& location)
{
    return storage("storage.locked",
                   fmt::format("{} is locked: another process has been writing to it for longer "
                               "than the wait",
                               location),
                   fmt::format("try again later; `fuser {}` shows who has it open", location));
}

Error full(const std::string& location)
{
    return storage("storage.full",
                   fmt::format("no space is left to write to {}", location),
                   "free some space and run it again; what was stored before is intact");
}

Error read_only(const std::string& location, std::string_view detail)
{
    return storage(
        "storage.read_only",
        fmt::format("{} cannot be written: {}", location, detail),
        fmt::format("`chmod u+w` the file and its folder, or remount the file system; `ls -l {}` "
                    "shows its rights",
                    location));
}

Error damaged(const std::string& location, std::string_view said)
{
    return storage("storage.damaged",
                   fmt::format("{} is damaged: {}", location, said),
                   "run `smsctl db check`, then restore a backup");
}

Error unreadable(const std::string& location, std::string_view detail)
{
    return storage("storage.unreadable",
                   fmt::format("cannot open {}: {}", location, detail),
                   "check the path with `smsctl db path` and that you may read the file");
}

/// SQLite says "cannot open" for the file and for the -wal and -shm beside it alike.
Error cannot_open(const std::string& location, std::string_view said)
{
    if (::access(location.c_str(), R_OK) != 0)
        return unreadable(location, std::strerror(errno));
    const auto slash = location.find_last_of('/');
    const std::string folder = slash == std::string::npos ? "." : location.substr(0, slash + 1);
    if (::access(location.c_str(), W_OK) != 0 || ::access(folder.c_str(), W_OK) != 0)
        return read_only(location, std::strerror(errno));
    return unreadable(location, said);
}

bool means_full(int code)
{
    return (code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE;
}

} // namespace

Error storage_error(int code, std::string_view said, const std::string& location)
{
    if (means_full(code))
        return full(location);
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return locked(location);
    case SQLITE_READONLY:
        return read_only(location, "it is read-only");
    case SQLITE_CORRUPT:
        return damaged(location, said);
    case SQLITE_NOTADB:
        return not_ours_error(location);
    case SQLITE_CANTOPEN:
        return cannot_open(location, said);
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return unreadable(location, said);
    case SQLITE_IOERR:
        return storage("storage.unreadable",
                       fmt::format("reading or writing {} failed: {}", location, said),
                       "check the disk, then run `smsctl db check`");
    case SQLITE_CONSTRAINT:
        return {Exit::failed,
                "internal.constraint",
                fmt::format("the database refused a row: {}", said),
                "this is a bug of smsctl"};
    default:
        return {Exit::failed,
                "internal.sql",
                fmt::format("the database refused a statement: {}", said),
                "this is a bug of smsctl"};
    }
}

Error storage_error(const SQLite::Exception& exception, const std::string& location)
{
    const int extended = exception.getExtendedErrorCode();
    return storage_error(
        extended > 0 ? extended : exception.getErrorCode(), exception.what(), location);
}

Error file_error(int error_number, std::string_view what, const std::string& location)
{
    switch (error_number) {
    case ENOSPC:
    case EDQUOT:
        return full(location);
    case EROFS:
    case EACCES:
    case EPERM:
        return read_only(location, fmt::format("cannot {}: {}", what, std::strerror(error_number)));
    default:
        return storage("storage.unreadable",
                       fmt::format("cannot {} {}: {}", what, location, std::strerror(error_number)),
                       "check the path");
    }
}

Error not_ours_error(const std::string& location)
{
    return storage("storage.not_ours",
                   fmt::format("{} is not a database of smsctl", location),
                   "check --db or SMSCTL_DB; it was left as it is");
}

} // namespace smsctl::store
