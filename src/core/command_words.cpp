#include "core/command_words.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace smsctl {

namespace {

/// Takes a command line apart, one character after the other.
class Splitter {
public:
    Splitter(std::string_view text, const CommandUse& use) : m_text(text), m_use(use) {}

    std::vector<std::string> words()
    {
        for (; m_at < m_text.size(); ++m_at)
            take(m_text[m_at]);
        if (m_quote != '\0')
            refuse("a quote is open at its end");
        finish_word();
        if (m_words.empty() || m_words.front().empty())
            refuse("it names no program");
        return std::move(m_words);
    }

private:
    [[noreturn]] void refuse(std::string_view why) const
    {
        throw usage_error(std::string(m_use.code),
                          fmt::format("{} cannot be read: {}", m_use.what, why),
                          std::string(m_use.hint));
    }
    void take(char c)
    {
        if (m_quote == '\0' && std::strchr(" \t\n", c) != nullptr && c != '\0')
            finish_word();
        else if (m_quote == '\0' && (c == '\'' || c == '"'))
            begin_quote(c);
        else if (m_quote != '\0' && c == m_quote)
            m_quote = '\0';
        else if (c == '\\' && m_quote != '\'')
            take_escaped();
        else
            add(c);
    }
    /// POSIX, 2.2.1 and 2.2.3: between double quotes a backslash frees only these.
    void take_escaped()
    {
        if (m_at + 1 == m_text.size())
            refuse("a backslash stands at its end");
        const char next = m_text[++m_at];
        if (m_quote == '"' && std::strchr("$`\"\\", next) == nullptr)
            add('\\');
        add(next);
    }
    void add(char c)
    {
        if (c == '\n' || c == '\0') // they may be stored one a line
            refuse("a word holds a line end");
        m_in_word = true;
        m_word += c;
    }
    void begin_quote(char c)
    {
        m_quote = c;
        m_in_word = true; // "" is a word too
    }
    void finish_word()
    {
        if (m_in_word)
            m_words.push_back(std::exchange(m_word, {}));
        m_in_word = false;
    }

    std::string_view m_text;
    const CommandUse& m_use;
    std::size_t m_at = 0;
    std::string m_word;
    std::vector<std::string> m_words;
    char m_quote = '\0';
    bool m_in_word = false;
};

} // namespace

std::vector<std::string> split_command(std::string_view command, const CommandUse& use)
{
    return Splitter(command, use).words();
}

} // namespace smsctl
