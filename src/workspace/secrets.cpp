#include "workspace/secrets.hpp"

#include "core/command_words.hpp"
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
    return smsctl::split_command(command,
                                 {"usage.secret_cmd",
                                  "the command for the secret",
                                  "for example --secret-cmd 'pass show sms/token'"});
}

} // namespace smsctl::secrets
