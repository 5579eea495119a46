#include "commands/topics.hpp"

#include "commands/reference.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "output/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace smsctl {

namespace {

using Kind = TopicBlock::Kind;

std::vector<TopicBlock> exit_code_blocks()
{
    std::vector<TopicBlock> blocks{
        {Kind::paragraph,
         "Every command ends with one of these codes. They are stable: a script may rely on them.",
         ""}};
    for (const ExitMeaning& row : exit_meanings()) {
        std::string text(row.meaning);
        if (!row.run_again.empty())
            text += fmt::format(". Run the same again? {}", row.run_again);
        blocks.push_back(
            {Kind::item, text + ".", fmt::format("{} {}", static_cast<int>(row.exit), row.name)});
    }
    blocks.push_back(
        {Kind::paragraph,
         "One recipient gives the exact code; many give that code when all agree, else "
         "9. `listen`, `tail -f` and `sim` return 0 on SIGINT and SIGTERM unless a goal "
         "(--count, --once) was unmet, then 8. A broken pipe on stdout is success.",
         ""});
    return blocks;
}

std::vector<TopicBlock> environment_blocks()
{
    return {
        {Kind::paragraph,
         "What holds, highest first: the option, the SMSCTL_ variable, the workspace's setting, "
         "what is built in. There is no configuration file, and nothing is read from the current "
         "folder.",
         ""},
        {Kind::heading, "As options", ""},
        {Kind::item, "The workspace to act in, as -w.", "SMSCTL_WORKSPACE"},
        {Kind::item, "The database, as --db.", "SMSCTL_DB"},
        {Kind::item, "The output format, as --format.", "SMSCTL_FORMAT"},
        {Kind::item, "Any value: never ask, as --no-input.", "SMSCTL_NO_INPUT"},
        {Kind::item,
         "Deadline for the whole command, as --timeout; a send under way is waited for, 30 s at "
         "most.",
         "SMSCTL_TIMEOUT"},
        {Kind::heading, "Places", ""},
        {Kind::item,
         "Base URL of the provider; only a loopback address is taken. `smsctl sim -- CMD` sets it.",
         "SMSCTL_API_BASE"},
        {Kind::item,
         "The key that seals stored secrets; without it smsctl/key below XDG_CONFIG_HOME.",
         "SMSCTL_KEY_FILE"},
        {Kind::item,
         "The database is smsctl/smsctl.db below it (~/.local/share).",
         "XDG_DATA_HOME"},
        {Kind::item, "The key file is smsctl/key below it (~/.config).", "XDG_CONFIG_HOME"},
        {Kind::heading, "The ambient workspace env", ""},
        {Kind::paragraph,
         "When no workspace is named and none is the default, these variables make one, named "
         "env. A stored workspace goes before them. Where they name another account than the "
         "default workspace, reading uses the default and says so, and changing anything is exit 2 "
         "until -w chooses.",
         ""},
        {Kind::item, "The account and its Auth Token.", "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN"},
        {Kind::item,
         "An API key, used in place of the token.",
         "TWILIO_API_KEY, TWILIO_API_SECRET"},
        {Kind::item, "The default sender.", "TWILIO_PHONE_NUMBER"},
        {Kind::item, "The public URL that the provider signs webhooks for.", "BASE_URL"},
        {Kind::heading, "Terminal and network", ""},
        {Kind::item,
         "--color goes first, then NO_COLOR (not empty: none), then CLICOLOR_FORCE (not 0: "
         "always), "
         "then whether stdout is a terminal and TERM is not dumb.",
         "NO_COLOR, CLICOLOR_FORCE, TERM"},
        {Kind::item, "Width of tables.", "COLUMNS"},
        {Kind::item,
         "Proxy and certificates, with their usual meaning.",
         "HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE"},
    };
}

std::vector<TopicBlock> json_blocks()
{
    return {
        {Kind::paragraph,
         "stdout carries records and nothing else; stderr carries words for people.",
         ""},
        {Kind::item,
         "table on a terminal, jsonl in a pipe. --json is json for one object and jsonl for many.",
         "--format auto"},
        {Kind::item, "One object a line; nothing for an empty list.", "--format jsonl"},
        {Kind::item, "One object, or one array; [] for an empty list.", "--format json"},
        {Kind::item,
         "RFC 4180 with a header line. A cell that a spreadsheet would run gets a ' in front; "
         "objects and arrays are compact JSON, null is empty.",
         "--format csv"},
        {Kind::item,
         "A header line; tab, newline, return and backslash are \\t \\n \\r \\\\.",
         "--format tsv"},
        {Kind::item,
         "Only these fields, in this order; a dotted path reaches inside (error.code). Without a "
         "value it lists the fields and ends.",
         "--fields A,B"},
        {Kind::item, "Each record through a text with {{field}} in it.", "--print TEMPLATE"},
        {Kind::item,
         "No records and no words on success, unless a format or fields are asked for.",
         "--quiet"},
        {Kind::heading, "Rules", ""},
        {Kind::paragraph,
         "Every record has object and id. Keys are snake_case, always there (null when unknown) "
         "and "
         "in a fixed order. Times are RFC 3339 in UTC with milliseconds, money is a decimal text "
         "beside a currency. Fields are only ever added. Each record is flushed as it is printed. "
         "On a terminal, control and direction marks in texts are shown as escapes.",
         ""},
        {Kind::heading, "Errors", ""},
        {Kind::paragraph,
         "A command that fails writes `smsctl: MESSAGE` and `hint: HINT` to stderr. It writes one "
         "JSON object instead, as the last line, when json, jsonl, csv or tsv was chosen by "
         "--format, --json or SMSCTL_FORMAT, and also when neither stdout nor stderr is a terminal "
         "and --print is not used:",
         ""},
        {Kind::paragraph,
         R"({"object":"error","code":"provider.rate_limited","message":"…",)"
         "\n"
         R"( "hint":"…","retryable":true,"exit":6,"provider":{"name":"twilio",)"
         "\n"
         R"( "code":20429,"http":429,"request_id":"…"}})",
         ""},
        {Kind::paragraph,
         "provider is null when none was involved. `smsctl help schema` lists the records, `smsctl "
         "help schema message` prints the JSON Schema of one.",
         ""},
    };
}

std::string wrapped(std::string_view text, std::size_t indent)
{
    constexpr std::size_t width = 79;
    std::string lines;
    std::string line(indent, ' ');
    bool empty = true;
    for (const std::string_view word : text::split(text, ' ')) {
        if (!empty && line.size() + 1 + word.size() > width) {
            lines += line + '\n';
            line.assign(indent, ' ');
            empty = true;
        }
        line += (empty ? "" : " ") + std::string(word);
        empty = false;
    }
    return lines + line + '\n';
}

} // namespace

std::vector<Topic> topics()
{
    return {{"exit-codes", "What each exit code means"},
            {"environment", "Variables, and what holds over what"},
            {"json", "Output formats, records and errors"},
            {"listening", "How listen is reached; --point, --backfill, --forward-to, --exec"},
            {"simulator", "Faults, messages for later and counts in smsctl sim"}};
}

std::vector<TopicBlock> topic_blocks(std::string_view name)
{
    if (name == "exit-codes")
        return exit_code_blocks();
    if (name == "environment")
        return environment_blocks();
    if (name == "json")
        return json_blocks();
    if (name == "listening")
        return listening_blocks();
    if (name == "simulator")
        return simulator_blocks();
    return {};
}

std::string topic_text(std::string_view name)
{
    std::string text;
    Kind before = Kind::heading;
    for (const TopicBlock& block : topic_blocks(name)) {
        const bool new_paragraph = block.kind != Kind::item || before != Kind::item;
        if (!text.empty() && new_paragraph)
            text += '\n';
        if (block.kind == Kind::heading)
            text += block.text + ":\n";
        else if (block.kind == Kind::paragraph && block.text.front() == '{') // JSON, as it stands
            text += block.text + '\n';
        else if (block.kind == Kind::paragraph)
            text += wrapped(block.text, 0);
        else
            text += fmt::format("  {}\n{}", block.term, wrapped(block.text, 6));
        before = block.kind;
    }
    return text;
}

} // namespace smsctl
