#include "commands/secret_options.hpp"

#include "commands/shared_options.hpp"
#include "workspace/paths.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <istream>
#include <iterator>

namespace smsctl {

bool SecretSource::is_given() const
{
    return from_stdin || !file.empty() || !variable.empty() || !command.empty();
}

void add_secret_options(CLI::App& app,
                        SecretSource& source,
                        const std::string& prefix,
                        const std::string& what)
{
    const std::array options{
        add_switch(app, prefix + "-stdin", source.from_stdin, what + " from stdin"),
        add_text(app, prefix + "-file", source.file, "FILE", what + " in a file, read at each use"),
        add_text(app,
                 prefix + "-env",
                 source.variable,
                 "VAR",
                 what + " in a variable, read at each use"),
        add_text(
            app, prefix + "-cmd", source.command, "'ARGV…'", what + " from a command (no shell)")};
    for (CLI::Option* option : options) {
        option->group("Secrets");
        for (CLI::Option* other : options) {
            if (other != option)
                option->excludes(other);
        }
    }
}

secrets::Credential NewSecret::credential(const std::string& context) const
{
    if (reference)
        return *reference;
    return secrets::KeyFile(paths::key_file()).seal(context, text);
}

namespace {

NewSecret from_reference(secrets::Kind kind, std::string value)
{
    const secrets::Credential reference{kind, std::move(value)};
    return {secrets::KeyFile(paths::key_file()).open("", reference), reference};
}

} // namespace

NewSecret read_secret(const SecretSource& source, Session& session)
{
    if (source.from_stdin) {
        if (session.streams().in_is_terminal)
            throw usage_error(
                "usage.secret_stdin",
                "stdin is a terminal, where a secret would be seen",
                "leave the option out to be asked without echo, or pipe the secret in");
        std::istream& in = session.streams().in;
        const std::string text{std::istreambuf_iterator<char>(in),
                               std::istreambuf_iterator<char>()};
        return {secrets::from_text(text), std::nullopt};
    }
    if (!source.file.empty())
        return from_reference(secrets::Kind::file, std::filesystem::absolute(source.file).string());
    if (!source.variable.empty())
        return from_reference(secrets::Kind::env, source.variable);
    std::string words;
    for (const std::string& word : secrets::split_command(source.command))
        words += (words.empty() ? "" : "\n") + word;
    return from_reference(secrets::Kind::cmd, words);
}

NewSecret prompt_for_secret(const std::string& prompt, Session& session)
{
    return {session.prompt_secret(prompt), std::nullopt};
}

std::string describe_credential(const std::optional<secrets::Credential>& credential)
{
    if (!credential)
        return {};
    if (credential->kind == secrets::Kind::sealed)
        return std::string(secrets::word(credential->kind));
    // Of a command only its name: an argument may be a secret itself.
    const std::string shown = credential->kind == secrets::Kind::cmd
                                  ? credential->value.substr(0, credential->value.find('\n'))
                                  : credential->value;
    return fmt::format("{}:{}", secrets::word(credential->kind), shown);
}

} // namespace smsctl
