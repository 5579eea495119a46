// What a command is handed: options, streams and the ways to print and to ask. The database,
// workspaces and providers are in session_workspace.cpp.
#include "commands/session.hpp"

#include "commands/no_echo.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"
#include "output/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace smsctl {

namespace {

std::string variable(const char* name)
{
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

bool is_set(const char* name)
{
    return !variable(name).empty();
}

} // namespace

void Session::read_environment()
{
    GlobalOptions& options = m_options;
    if (options.workspace.empty())
        options.workspace = variable("SMSCTL_WORKSPACE");
    if (options.db.empty())
        options.db = variable("SMSCTL_DB");
    options.no_input = options.no_input || is_set("SMSCTL_NO_INPUT");
    options.format_chosen = options.json || options.format != "auto";
    if (!options.format_chosen && is_set("SMSCTL_FORMAT")) {
        const std::string word = variable("SMSCTL_FORMAT");
        if (word != "auto" && !output::parse_format(word))
            throw usage_error(
                "usage.environment",
                fmt::format("SMSCTL_FORMAT: '{}' is not one of auto, table, json, jsonl, csv, tsv",
                            word));
        options.format = word;
        options.format_chosen = word != "auto";
    }
    if (!options.timeout && is_set("SMSCTL_TIMEOUT")) {
        options.timeout = text::parse_duration(variable("SMSCTL_TIMEOUT"));
        if (!options.timeout)
            throw usage_error(
                "usage.environment",
                fmt::format("SMSCTL_TIMEOUT: '{}' is not a length of time such as 30s",
                            variable("SMSCTL_TIMEOUT")));
    }
    set_deadline();
}

output::Format Session::format(output::Shape shape) const
{
    if (m_options.json)
        return shape == output::Shape::one ? output::Format::json : output::Format::jsonl;
    if (const auto chosen = output::parse_format(m_options.format))
        return *chosen;
    return m_streams.out_is_terminal ? output::Format::table : output::Format::jsonl;
}

bool Session::errors_are_json() const
{
    if (m_options.format_chosen)
        return format(output::Shape::many) != output::Format::table;
    return m_options.print_template.empty() && !m_streams.out_is_terminal &&
           !m_streams.err_is_terminal;
}

bool Session::colour() const
{
    if (m_options.color != "auto")
        return m_options.color == "always";
    if (is_set("NO_COLOR"))
        return false;
    if (is_set("CLICOLOR_FORCE") && variable("CLICOLOR_FORCE") != "0")
        return true;
    return m_streams.out_is_terminal && variable("TERM") != "dumb";
}

int Session::terminal_width()
{
    constexpr int usual = 80;
    if (const auto columns = text::to_integer(variable("COLUMNS")); columns && *columns > 0)
        return static_cast<int>(std::min<long long>(*columns, 10'000));
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return usual;
}

output::Printer
Session::printer(output::Shape shape, std::string_view object, std::vector<output::Column> columns)
{
    output::PrinterOptions options;
    options.format = format(shape);
    options.fields = m_options.fields.value_or(std::vector<std::string>());
    options.print_template = m_options.print_template;
    options.terminal = m_streams.out_is_terminal;
    options.colour = colour();
    // Who asks for a format or for fields wants to see them.
    options.muted = m_options.quiet && !m_options.format_chosen && options.fields.empty() &&
                    options.print_template.empty();
    options.width = terminal_width();
    options.clock = &m_clock;
    return {m_streams.out, std::move(options), shape, object, std::move(columns)};
}

void Session::check_fields(std::string_view object)
{
    printer(output::Shape::one, object, {});
}

int Session::row_limit() const
{
    constexpr int on_a_terminal = 50;
    return m_options.limit.value_or(m_streams.out_is_terminal ? on_a_terminal : 0);
}

void Session::note(std::string_view text)
{
    if (!m_options.quiet)
        warn(text);
}

void Session::warn(std::string_view text)
{
    m_streams.err << output::visible(text) << '\n' << std::flush;
}

void Session::note_cut(std::size_t shown, std::int64_t total, std::string_view next)
{
    if (m_streams.out_is_terminal && std::cmp_less(shown, total))
        note(fmt::format("{} of {}; {}--limit 0 shows all",
                         output::grouped(static_cast<std::int64_t>(shown)),
                         output::grouped(total),
                         next.empty() ? "" : fmt::format("{} shows more, ", next)));
}

void Session::note_empty(std::size_t shown, std::string_view text)
{
    if (shown == 0 && m_streams.out_is_terminal && m_options.print_template.empty() &&
        format(output::Shape::many) == output::Format::table)
        note(text);
}

bool Session::can_ask() const
{
    return m_streams.in_is_terminal && m_streams.err_is_terminal && !m_options.no_input;
}

std::string Session::ask(std::string_view question)
{
    const Cancel::AtOnce at_once = end_at_once(); // nobody may have to answer before ^C is heard
    m_streams.err << output::visible(question) << ' ' << std::flush;
    std::string answer;
    if (!std::getline(m_streams.in, answer))
        throw usage_error("usage.no_answer", "no answer to the question");
    return std::string(text::trim(answer));
}

bool Session::confirm(std::string_view question)
{
    if (m_options.yes)
        return true;
    if (!can_ask())
        throw usage_error("usage.confirmation",
                          "--yes required when not running interactively",
                          fmt::format("the question was: {}", question));
    const std::string answer = text::lower(ask(fmt::format("{} [y/N]", question)));
    return answer == "y" || answer == "yes";
}

bool Session::confirm_by_typing(std::string_view question, std::string_view word)
{
    if (m_options.yes)
        return true;
    if (!can_ask())
        throw usage_error("usage.confirmation",
                          "--yes required when not running interactively",
                          fmt::format("the question was: {}", question));
    return ask(fmt::format("{} Type {} to go on:", question, word)) == word;
}

Secret Session::prompt_secret(std::string_view prompt)
{
    if (!can_ask())
        throw usage_error("usage.no_secret",
                          "no secret given and nobody to ask",
                          "use --secret-stdin, --secret-file, --secret-env or --secret-cmd");
    std::string line;
    bool there = false;
    {
        const NoEcho no_echo; // before the prompt: what is typed at once must not show either
        m_streams.err << prompt << ' ' << std::flush;
        there = static_cast<bool>(std::getline(m_streams.in, line));
    }
    m_streams.err << '\n' << std::flush;
    if (!there)
        throw usage_error("usage.no_answer", "no secret was typed");
    Secret secret{std::string(text::trim(line))};
    std::fill(line.begin(), line.end(), '\0');
    if (secret.empty())
        throw usage_error("usage.empty_secret", "no secret was typed");
    return secret;
}

} // namespace smsctl
