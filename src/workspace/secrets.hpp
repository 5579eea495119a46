#pragma once

#include "core/secret.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::secrets {

/// Where a credential comes from. `sealed` holds bytes that only the key file opens; the others
/// are references that are read each time: a variable's name, an absolute path, or a command's
/// words (no shell), one a line.
enum class Kind { sealed, env, file, cmd };
std::string_view word(Kind kind);

struct Credential {
    Kind kind = Kind::sealed;
    std::string value;
};

/// The 32-byte key behind sealed credentials: `SMSCTL_KEY_FILE`, else smsctl/key below
/// XDG_CONFIG_HOME. Made with mode 0600 at first use; a file with wider rights is narrowed.
class KeyFile {
public:
    explicit KeyFile(std::filesystem::path path);

    /// `context` names what the credential is for; it must be the same when it is opened.
    Credential seal(std::string_view context, const Secret& secret) const;
    /// Throws auth error `auth.secret_unreadable`, naming the reference and never the secret.
    Secret open(std::string_view context, const Credential& credential) const;

private:
    std::string read_key() const;
    std::string read_or_make_key() const;

    std::filesystem::path m_path;
};

/// Reads the first line of `text` as a secret, white space around it removed; throws
/// `usage.empty_secret` when nothing is left.
Secret from_text(std::string_view text);

/// Splits a `--secret-cmd` value into words as a shell would (quotes and backslashes), without
/// any expansion. Throws `usage.secret_cmd` for an open quote or no word.
std::vector<std::string> split_command(std::string_view command);

} // namespace smsctl::secrets
