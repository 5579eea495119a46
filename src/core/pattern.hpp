#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace smsctl {

/// A POSIX extended regular expression (with glibc's \b \w \s), matched anywhere in a text, byte by
/// byte: what users type for --grep and --match.
class Pattern {
public:
    /// Throws `usage.pattern` with the reason.
    explicit Pattern(const std::string& expression);

    bool is_in(std::string_view text) const;

private:
    struct Compiled;
    std::shared_ptr<const Compiled> m_compiled;
};

} // namespace smsctl
