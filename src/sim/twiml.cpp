// Read as events, not as a tree: what matters is three elements deep, and a document may be deeper
// than our stack.

#include "sim/twiml.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <expat.h>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace smsctl::sim {

namespace {

constexpr std::array<std::string_view, 15> voice_verbs{"Connect",
                                                       "Dial",
                                                       "Enqueue",
                                                       "Gather",
                                                       "Hangup",
                                                       "Leave",
                                                       "Pause",
                                                       "Pay",
                                                       "Play",
                                                       "Prompt",
                                                       "Queue",
                                                       "Record",
                                                       "Refer",
                                                       "Reject",
                                                       "Say"};

/// The document so far.
struct Reader {
    void start(std::string_view name, const char** attributes);
    void end();

    Twiml twiml;
    int depth = 0; ///< of the element that is open: 1 for the root
    std::optional<TwimlMessage> message;
    std::optional<TwimlRedirect> redirect;
    std::string* text = nullptr; ///< where characters go
    std::string direct;          ///< those directly inside a message
    std::string part;            ///< those of its Body or Media
    enum class Part { none, body, media } open = Part::none;
    bool has_body = false;

private:
    void start_verb(std::string_view name, const char** attributes);
    void start_part(std::string_view name);
    void end_part();
    void end_message();
};

std::string attribute(const char** attributes, std::string_view name, std::string_view usual = {})
{
    for (const char** each = attributes; *each != nullptr; each += 2)
        if (name == *each)
            return each[1]; // NOLINT(cppcoreguidelines-pro-bounds-pointer-arithmetic)
    return std::string(usual);
}

void Reader::start(std::string_view name, const char** attributes)
{
    ++depth;
    if (depth == 1 && name != "Response" && twiml.error == 0) {
        twiml.error = 12102;
        twiml.problem = fmt::format("the root element is {}, not Response", name);
    } else if (depth == 2) {
        start_verb(name, attributes);
    } else if (depth == 3 && message) {
        start_part(name);
    }
}

void Reader::start_verb(std::string_view name, const char** attributes)
{
    if (name == "Message") {
        message.emplace();
        message->to = attribute(attributes, "to");
        message->from = attribute(attributes, "from");
        message->action = attribute(attributes, "action");
        message->method = attribute(attributes, "method", "POST");
        message->status_callback = attribute(attributes, "statusCallback");
        direct.clear();
        has_body = false;
        text = &direct;
    } else if (name == "Redirect") {
        redirect = TwimlRedirect{{}, attribute(attributes, "method", "POST")};
        text = &redirect->url;
    } else if (std::find(voice_verbs.begin(), voice_verbs.end(), name) != voice_verbs.end()) {
        if (twiml.error == 0) {
            twiml.error = 14110;
            twiml.problem = fmt::format("{} is for calls", name);
        }
    } else {
        twiml.unknown.emplace_back(name);
    }
}

void Reader::start_part(std::string_view name)
{
    part.clear();
    text = &part;
    open = Part::none;
    if (name == "Body")
        open = Part::body;
    else if (name == "Media")
        open = Part::media;
    else
        twiml.unknown.emplace_back(name);
}

void Reader::end()
{
    if (depth == 3 && message)
        end_part();
    else if (depth == 2 && message)
        end_message();
    else if (depth == 2 && redirect) {
        redirect->url = text::trim(redirect->url);
        twiml.verbs.emplace_back(*std::exchange(redirect, std::nullopt));
    }
    if (depth == 2)
        text = nullptr;
    --depth;
}

void Reader::end_part()
{
    if (open == Part::body) {
        message->body += text::trim(part);
        has_body = true;
    } else if (open == Part::media) {
        message->media.emplace_back(text::trim(part));
    }
    text = &direct;
}

void Reader::end_message()
{
    if (!has_body)
        message->body = text::trim(direct);
    twiml.verbs.emplace_back(*std::exchange(message, std::nullopt));
}

void on_start(void* reader, const char* name, const char** attributes)
{
    static_cast<Reader*>(reader)->start(name, attributes);
}

void on_end(void* reader, const char* /*name*/)
{
    static_cast<Reader*>(reader)->end();
}

void on_text(void* reader, const char* characters, int length)
{
    if (std::string* text = static_cast<Reader*>(reader)->text; text != nullptr)
        text->append(characters, static_cast<std::size_t>(length));
}

struct ParserDeleter {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

} // namespace

Twiml parse_twiml(std::string_view document)
{
    const std::unique_ptr<std::remove_pointer_t<XML_Parser>, ParserDeleter> parser(
        XML_ParserCreate(nullptr));
    Reader reader;
    XML_SetUserData(parser.get(), &reader);
    XML_SetElementHandler(parser.get(), on_start, on_end);
    XML_SetCharacterDataHandler(parser.get(), on_text);
    constexpr int is_whole = 1;
    if (XML_Parse(parser.get(), document.data(), static_cast<int>(document.size()), is_whole) !=
        XML_STATUS_OK) {
        Twiml broken;
        broken.error = 12100;
        broken.problem = fmt::format("line {}: {}",
                                     XML_GetCurrentLineNumber(parser.get()),
                                     XML_ErrorString(XML_GetErrorCode(parser.get())));
        return broken;
    }
    if (reader.twiml.error != 0)
        reader.twiml.verbs.clear();
    return std::move(reader.twiml);
}

} // namespace smsctl::sim
