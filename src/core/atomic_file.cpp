#include "core/atomic_file.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace smsctl {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int reason)
{
    throw Error(
        Exit::failed,
        "file.unwritable",
        fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(reason)));
}

/// Gives errno of what failed, 0 when all of `text` is on disk.
int write_all(int file, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0)
            text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(file) == 0 ? 0 : errno;
}

} // namespace

void write_atomically(const std::filesystem::path& path, std::string_view text)
{
    std::string temporary = path.string() + ".XXXXXX";
    const int file = ::mkstemp(temporary.data()); // mode 0600
    if (file < 0)
        fail(path, errno);
    int problem = write_all(file, text);
    if (::close(file) != 0 && problem == 0)
        problem = errno;
    if (problem == 0 && ::rename(temporary.c_str(), path.c_str()) != 0)
        problem = errno;
    if (problem != 0) {
        ::unlink(temporary.c_str());
        fail(path, problem);
    }
}

} // namespace smsctl
