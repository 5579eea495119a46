#include "workspace/private_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace smsctl {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path)
{
    throw std::system_error(errno, std::generic_category(), path.string());
}

/// Closes, and removes unless told otherwise.
class NewFile {
public:
    explicit NewFile(const std::filesystem::path& path)
        : m_name(path.string() + ".XXXXXX"), m_descriptor(::mkostemp(m_name.data(), O_CLOEXEC))
    {
        if (m_descriptor < 0)
            fail(path);
    }
    ~NewFile()
    {
        ::close(m_descriptor);
        if (!m_kept)
            ::unlink(m_name.c_str());
    }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    const std::string& name() const { return m_name; }
    int descriptor() const { return m_descriptor; }
    void keep() { m_kept = true; }

private:
    std::string m_name;
    int m_descriptor;
    bool m_kept = false;
};

void write_all(int descriptor, std::string_view bytes, const std::filesystem::path& path)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            fail(path);
        if (written > 0)
            bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(descriptor) != 0)
        fail(path);
}

} // namespace

void make_private_folder(const std::filesystem::path& folder)
{
    if (folder.empty() || std::filesystem::is_directory(folder))
        return;
    make_private_folder(folder.parent_path());
    if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        fail(folder);
}

bool create_private_file(const std::filesystem::path& path, std::string_view bytes)
{
    NewFile file(path);
    write_all(file.descriptor(), bytes, path);
    if (!rename_if_free(file.name(), path))
        return false;
    file.keep();
    return true;
}

std::filesystem::path private_sibling(const std::filesystem::path& path)
{
    NewFile file(path);
    file.keep();
    return file.name();
}

bool rename_if_free(const std::filesystem::path& from, const std::filesystem::path& to)
{
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return true;
    if (errno == EEXIST)
        return false;
    if (errno != EINVAL && errno != ENOSYS)
        fail(to);
    // A file system without that call: a hard link refuses a taken name too.
    if (::link(from.c_str(), to.c_str()) != 0) {
        if (errno == EEXIST)
            return false;
        fail(to);
    }
    ::unlink(from.c_str());
    return true;
}

} // namespace smsctl
