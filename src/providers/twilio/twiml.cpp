#include "providers/twilio/twiml.hpp"

#include <fmt/format.h>

namespace smsctl::providers::twilio {

namespace {

constexpr std::string_view declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// What stands for `c` in text and in attributes; nothing for what XML 1.0 forbids. White space
/// other than the blank is written by number, or a reader would make blanks and line feeds of it.
std::string escaped(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    case '\t':
    case '\n':
    case '\r':
        return fmt::format("&#{};", static_cast<int>(c));
    default:
        return static_cast<unsigned char>(c) < 0x20 ? std::string() : std::string(1, c);
    }
}

std::string escape(std::string_view text)
{
    constexpr std::string_view noncharacter = "\xEF\xBF"; // U+FFFE and U+FFFF begin so
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text.substr(at).starts_with(noncharacter) && at + 2 < text.size() &&
            static_cast<unsigned char>(text[at + 2]) >= 0xBE)
            at += 2;
        else
            out += escaped(text[at]);
    }
    return out;
}

} // namespace

std::string empty_twiml()
{
    return fmt::format("{}<Response/>\n", declaration);
}

std::string reply_twiml(std::string_view body, std::string_view status_callback)
{
    const std::string callback =
        status_callback.empty() ? ""
                                : fmt::format(" statusCallback=\"{}\"", escape(status_callback));
    return fmt::format("{}<Response><Message{}><Body>{}</Body></Message></Response>\n",
                       declaration,
                       callback,
                       escape(body));
}

} // namespace smsctl::providers::twilio
