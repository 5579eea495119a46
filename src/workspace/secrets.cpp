#include "workspace/secrets.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "workspace/secret_sources.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

namespace smsctl::secrets {

namespace {

constexpr std::size_t longest_line = std::size_t{64} * 1024;

/// As `from_text`, with the reference named when there is nothing.
Secret first_line(const Secret& text, const std::string& reference)
{
    try {
        return from_text(text.reveal());
    } catch (const Error&) {
        throw unreadable(fmt::format("{} gives nothing", reference), "check the reference");
    }
}

Secret from_variable(const std::string& name)
{
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr)
        throw unreadable(fmt::format("the variable {} is not set", name),
                         fmt::format("export {}", name));
    return first_line(Secret(value), "the variable " + name);
}

Secret from_file(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    std::string bytes(longest_line, '\0');
    if (in)
        in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (in.bad() || (!in && !in.eof()))
        throw unreadable(fmt::format("cannot read {}: {}", path, std::strerror(errno)),
                         "check the path and its rights");
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    return first_line(Secret(std::move(bytes)), path);
}

Secret from_command(const std::string& words_text)
{
    std::vector<std::string> words;
    for (const std::string_view word : text::split(words_text, '\n'))
        words.emplace_back(word);
    return first_line(run_command(words), "the command " + words.front());
}

/// Takes a --secret-cmd value apart, one character after the other.
class Splitter {
public:
    explicit Splitter(std::string_view text) : m_text(text) {}

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
    [[noreturn]] static void refuse(const std::string& why)
    {
        throw usage_error("usage.secret_cmd",
                          "the command for the secret cannot be read: " + why,
                          "for example --secret-cmd 'pass show sms/token'");
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
        if (c == '\n' || c == '\0') // words are stored one a line
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
    std::size_t m_at = 0;
    std::string m_word;
    std::vector<std::string> m_words;
    char m_quote = '\0';
    bool m_in_word = false;
};

} // namespace

std::string_view word(Kind kind)
{
    switch (kind) {
    case Kind::env:
        return "env";
    case Kind::file:
        return "file";
    case Kind::cmd:
        return "cmd";
    case Kind::sealed:
        break;
    }
    return "sealed";
}

Error unreadable(std::string_view reason, std::string hint)
{
    return {Exit::auth,
            "auth.secret_unreadable",
            fmt::format("the credential cannot be read: {}", reason),
            std::move(hint)};
}

Secret read_reference(const Credential& credential)
{
    switch (credential.kind) {
    case Kind::env:
        return from_variable(credential.value);
    case Kind::file:
        return from_file(credential.value);
    case Kind::cmd:
        return from_command(credential.value);
    case Kind::sealed:
        break;
    }
    throw unreadable("it is sealed", "give the credential anew");
}

Secret from_text(std::string_view text)
{
    const std::string_view line = text::trim(text.substr(0, text.find('\n')));
    if (line.empty())
        throw usage_error(
            "usage.empty_secret", "the secret is empty", "its first line must hold the secret");
    return Secret(std::string(line));
}

std::vector<std::string> split_command(std::string_view command)
{
    return Splitter(command).words();
}

} // namespace smsctl::secrets
