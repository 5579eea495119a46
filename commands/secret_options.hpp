#pragma once

#include "commands/session.hpp"
#include "workspace/secrets.hpp"

#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace smsctl {

/// Where a secret comes from, as typed: at most one of the four.
struct SecretSource {
    bool from_stdin = false;
    std::string file;
    std::string variable;
    std::string command;

    bool is_given() const;
};

/// Declares --PREFIX-stdin, -file, -env and -cmd, which exclude one another.
void add_secret_options(CLI::App& app,
                        SecretSource& source,
                        const std::string& prefix,
                        const std::string& what);

/// A secret that was just read: the text, and the reference to keep in its place, if it is one.
struct NewSecret {
    Secret text;
    std::optional<secrets::Credential> reference;

    /// What to store for `context`: the reference, else the text sealed under the key file.
    secrets::Credential credential(const std::string& context) const;
};

/// Reads the secret. Throws `usage.secret_stdin` when stdin is a terminal, `auth.secret_unreadable`
/// for a reference that gives nothing.
NewSecret read_secret(const SecretSource& source, Session& session);
NewSecret prompt_for_secret(const std::string& prompt, Session& session);

/// "sealed", "env:NAME", "file:/path", "cmd:pass"; empty for none.
std::string describe_credential(const std::optional<secrets::Credential>& credential);

} // namespace smsctl
