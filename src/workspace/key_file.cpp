#include "core/crypto.hpp"
#include "core/error.hpp"
#include "workspace/private_file.hpp"
#include "workspace/secret_sources.hpp"
#include "workspace/secrets.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace smsctl::secrets {

namespace {

constexpr mode_t others = S_IRWXG | S_IRWXO;

Error key_error(const std::filesystem::path& path, std::string_view problem, std::string hint)
{
    return {Exit::auth,
            "auth.key_file",
            fmt::format("the key file {} {}", path.string(), problem),
            std::move(hint)};
}

class Descriptor {
public:
    explicit Descriptor(int number) : m_number(number) {}
    ~Descriptor()
    {
        if (m_number >= 0)
            ::close(m_number);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return m_number; }

private:
    int m_number;
};

} // namespace

KeyFile::KeyFile(std::filesystem::path path) : m_path(std::move(path)) {}

std::string KeyFile::read_key() const
{
    const Descriptor file(::open(m_path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0) {
        if (errno == ENOENT)
            return {};
        throw key_error(m_path,
                        fmt::format("cannot be read: {}", std::strerror(errno)),
                        "check its rights, or SMSCTL_KEY_FILE");
    }
    struct stat found {};
    if (::fstat(file.get(), &found) != 0 || !S_ISREG(found.st_mode))
        throw key_error(m_path, "is not a file", "check SMSCTL_KEY_FILE");
    if ((found.st_mode & others) != 0 && ::fchmod(file.get(), S_IRUSR | S_IWUSR) != 0)
        throw key_error(m_path,
                        "can be read by others, and that cannot be changed",
                        fmt::format("chmod 600 {}", m_path.string()));
    std::string key(crypto::seal_key_size + 1, '\0'); // one more, to see a file that is too long
    std::size_t size = 0;
    while (size < key.size()) {
        const ssize_t got = ::read(file.get(), key.data() + size, key.size() - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    if (size != crypto::seal_key_size)
        throw key_error(m_path,
                        fmt::format("does not hold a key of {} bytes", crypto::seal_key_size),
                        "restore it from a backup; without it sealed credentials must be given "
                        "anew");
    key.resize(size);
    return key;
}

std::string KeyFile::read_or_make_key() const
{
    if (std::string key = read_key(); !key.empty())
        return key;
    try {
        make_private_folder(m_path.parent_path());
        // Of two processes one makes it, and both read what is there then.
        create_private_file(m_path, crypto::random_bytes(crypto::seal_key_size));
    } catch (const std::system_error& error) {
        throw key_error(m_path,
                        fmt::format("cannot be made: {}", error.code().message()),
                        "make its folder writable, or set SMSCTL_KEY_FILE");
    }
    return read_key();
}

Credential KeyFile::seal(std::string_view context, const Secret& secret) const
{
    const Secret key(read_or_make_key());
    return {.kind = Kind::sealed, .value = crypto::seal(key.reveal(), context, secret.reveal())};
}

Secret KeyFile::open(std::string_view context, const Credential& credential) const
{
    if (credential.kind != Kind::sealed)
        return read_reference(credential);
    const Secret key(read_key());
    if (key.empty())
        throw unreadable(
            fmt::format("the key file {} that sealed it is not there", m_path.string()),
            "restore it or set SMSCTL_KEY_FILE, or give the credential anew");
    if (auto secret = crypto::open(key.reveal(), context, credential.value))
        return *std::move(secret);
    throw unreadable(fmt::format("it was sealed with another key than {}", m_path.string()),
                     "restore the key file or set SMSCTL_KEY_FILE, or give the credential anew");
}

} // namespace smsctl::secrets
