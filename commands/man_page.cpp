#include "commands/cli.hpp"
#include "commands/reference.hpp"
#include "commands/topics.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace smsctl {

namespace {

/// Text for groff: ASCII alone, so that a page reads the same whatever the locale.
std::string roff(std::string_view text)
{
    std::string escaped;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte == '\\')
            escaped += "\\e";
        else if (byte == '-')
            escaped += "\\-";
        else if (byte == '\'')
            escaped += "\\(aq";
        else if (byte == '`')
            escaped += "\\(ga";
        else if (byte == '^')
            escaped += "\\(ha";
        else if (byte == '~')
            escaped += "\\(ti";
        else if (byte < 0x80)
            escaped += static_cast<char>(byte);
        else {
            const int more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
            std::uint32_t code = byte & (0x3FU >> static_cast<unsigned>(more));
            for (int i = 0; i < more && at + 1 < text.size(); ++i)
                code = (code << 6U) | (static_cast<unsigned char>(text[++at]) & 0x3FU);
            escaped += fmt::format("\\[u{:04X}]", code);
        }
    }
    if (!escaped.empty() && (escaped.front() == '.'))
        escaped.insert(0, "\\&");
    return escaped;
}

std::string title_line(const std::string& name, int section)
{
    const std::string version(text::trim(version_line()));
    return fmt::format(
        ".\\\" Written by smsctl generate.\n.TH {} {} \"\" \"{}\" \"smsctl manual\"\n",
        roff(text::upper(name)),
        section,
        roff(version));
}

std::string option_items(const std::vector<OptionEntry>& options)
{
    std::string page;
    for (const OptionEntry& option : options) {
        std::vector<std::string> names;
        for (const std::string& name : option.short_names)
            names.push_back(fmt::format("\\fB{}\\fR", roff(name)));
        for (const std::string& name : option.long_names)
            names.push_back(fmt::format("\\fB{}\\fR", roff(name)));
        std::string head = fmt::format("{}", fmt::join(names, ", "));
        if (!option.value.empty())
            head += fmt::format("{}\\fI{}\\fR", head.empty() ? "" : " ", roff(option.value));
        page += fmt::format(".TP\n{}\n{}.\n", head, roff(option.description));
        if (option.repeated && !names.empty())
            page += "May be repeated.\n";
    }
    return page;
}

std::string example_block(const std::string& examples)
{
    std::string page = ".nf\n";
    for (const std::string_view line : text::split(examples, '\n')) {
        if (!line.empty())
            page += roff(line) + "\n";
    }
    return page + ".fi\n";
}

/// What a command takes and shows, below a heading of its own.
std::string command_body(const CommandEntry& entry)
{
    std::string page =
        fmt::format("{}.\n.PP\n\\fB{}\\fR\n", roff(entry.summary), roff(entry.usage()));
    if (!entry.operands.empty() || !entry.options.empty())
        page += option_items(entry.operands) + option_items(entry.options);
    if (!entry.notes.details.empty()) {
        page += ".PP\n";
        for (const std::string_view line : text::split(entry.notes.details, '\n'))
            page += line.empty() ? ".PP\n" : roff(text::trim(line)) + "\n";
    }
    if (!entry.notes.examples.empty())
        page += ".PP\nExamples:\n.PP\n" + example_block(entry.notes.examples);
    return page;
}

std::string see_also(const CommandEntry& entry)
{
    std::string page = ".SH SEE ALSO\n";
    if (!entry.path.empty())
        page += "\\fBsmsctl\\fR(1),\n";
    page += "\\fBsmsctl\\-exit\\-codes\\fR(7),\n\\fBsmsctl\\-environment\\fR(7),\n"
            "\\fBsmsctl\\-json\\fR(7)\n";
    return page;
}

std::string root_page(const CommandEntry& root)
{
    std::string page = title_line("smsctl", 1);
    page += ".SH NAME\nsmsctl \\- SMS messaging from a shell\n";
    page += ".SH SYNOPSIS\n\\fBsmsctl\\fR \\fICOMMAND\\fR [\\fIoptions\\fR]\n.SH COMMANDS\n";
    for (const CommandEntry& command : root.commands) {
        if (!command.group.empty())
            page += fmt::format(".TP\n\\fBsmsctl\\-{}\\fR(1)\n{}.\n",
                                roff(command.path.back()),
                                roff(command.summary));
    }
    page += ".SH OPTIONS\nEvery command takes these.\n" + option_items(root.options);
    page += ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nHelp for any command.\n"
            ".TP\n\\fB\\-\\-version\\fR\nPrint the version.\n";
    return page + see_also(root);
}

} // namespace

std::string man_page(const CommandEntry& entry)
{
    if (entry.path.empty())
        return root_page(entry);
    const std::string name = "smsctl-" + entry.path.back();
    std::string page = title_line(name, 1);
    page += fmt::format(".SH NAME\n{} \\- {}\n", roff(name), roff(entry.summary));
    page += ".SH SYNOPSIS\n";
    if (entry.commands.empty()) {
        page += fmt::format(
            "\\fB{}\\fR\n.SH DESCRIPTION\n{}", roff(entry.usage()), command_body(entry));
        return page + see_also(entry);
    }
    if (!entry.operands.empty())
        page += fmt::format("\\fB{}\\fR\n.br\n", roff(entry.usage()));
    for (const CommandEntry& verb : entry.commands)
        page += fmt::format("\\fB{}\\fR\n.br\n", roff(verb.usage()));
    page += ".SH DESCRIPTION\n";
    if (!entry.operands.empty())
        page += command_body(entry);
    else
        page += roff(entry.summary) + ".\n";
    if (entry.operands.empty() && !entry.notes.examples.empty())
        page += ".PP\n" + example_block(entry.notes.examples);
    for (const CommandEntry& verb : entry.commands)
        page += fmt::format(".SS {}\n{}", roff(verb.full_name()), command_body(verb));
    return page + see_also(entry);
}

std::string topic_page(std::string_view topic)
{
    const std::string name = fmt::format("smsctl-{}", topic);
    std::string summary;
    for (const Topic& known : topics()) {
        if (known.name == topic)
            summary = known.summary;
    }
    std::string page = title_line(name, 7);
    page += fmt::format(".SH NAME\n{} \\- {}\n.SH DESCRIPTION\n", roff(name), roff(summary));
    bool first = true;
    for (const TopicBlock& block : topic_blocks(topic)) {
        switch (block.kind) {
        case TopicBlock::Kind::heading:
            page += fmt::format(".SH {}\n", roff(text::upper(block.text)));
            break;
        case TopicBlock::Kind::paragraph:
            if (block.text.front() == '{') // JSON: nothing to fill
                page += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(block.text));
            else
                page += fmt::format("{}{}\n", first ? "" : ".PP\n", roff(block.text));
            break;
        case TopicBlock::Kind::item:
            page += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(block.term), roff(block.text));
            break;
        }
        first = block.kind == TopicBlock::Kind::heading;
    }
    return page + ".SH SEE ALSO\n\\fBsmsctl\\fR(1)\n";
}

} // namespace smsctl
