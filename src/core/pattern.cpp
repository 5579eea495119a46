#include "core/pattern.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <array>
#include <regex.h>

namespace smsctl {

struct Pattern::Compiled {
    explicit Compiled(const std::string& expression)
    {
        const int problem = ::regcomp(&regex, expression.c_str(), REG_EXTENDED);
        if (problem == 0)
            return;
        std::array<char, 200> reason{};
        ::regerror(problem, &regex, reason.data(), reason.size());
        throw usage_error(
            "usage.pattern",
            fmt::format("'{}' is no regular expression: {}", expression, reason.data()));
    }
    ~Compiled() { ::regfree(&regex); }
    Compiled(const Compiled&) = delete;
    Compiled& operator=(const Compiled&) = delete;

    regex_t regex{};
};

Pattern::Pattern(const std::string& expression)
    : m_compiled(std::make_shared<const Compiled>(expression))
{
}

bool Pattern::is_in(std::string_view text) const
{
    // Its end is given, so that a NUL within the text does not hide what follows.
    regmatch_t range{0, static_cast<regoff_t>(text.size())};
    const char* const begin = text.data() == nullptr ? "" : text.data();
    return ::regexec(&m_compiled->regex, begin, 1, &range, REG_STARTEND) == 0;
}

} // namespace smsctl
