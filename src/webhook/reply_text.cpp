#include "webhook/reply_text.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "sms/segments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace smsctl::webhook {

namespace {

constexpr std::size_t most_units = 1600; // of UTF-16: Twilio refuses more with 14103

struct Field {
    std::string_view name;
    std::string ReplyFields::*value;
    bool always; ///< it always has a value
};

constexpr std::array fields{Field{"body", &ReplyFields::body, false},
                            Field{"from", &ReplyFields::from, true},
                            Field{"keyword", &ReplyFields::keyword, false},
                            Field{"name", &ReplyFields::name, false},
                            Field{"to", &ReplyFields::to, true}};

const Field* find(std::string_view name)
{
    const auto* const found =
        std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
    return found == fields.end() ? nullptr : found;
}

} // namespace

templates::Template reply_template(std::string_view text, HasKeyword has_keyword)
{
    if (text::trim(text).empty())
        throw usage_error("usage.body", "the reply is empty", "give it a text");
    templates::Template parsed(text);
    for (const templates::Field& field : parsed.fields()) {
        const Field* const known = find(field.name);
        if (known == nullptr)
            throw usage_error("usage.reply_field",
                              fmt::format("a reply has no field '{}'", field.name),
                              "fields: body, from, keyword, name, to");
        const bool always =
            known->always || (has_keyword == HasKeyword::yes && field.name == "keyword");
        if (!always && !field.default_text)
            throw usage_error("usage.reply_field",
                              fmt::format("{{{{{}}}}} may be empty when somebody writes and has "
                                          "nothing to stand in for it",
                                          field.name),
                              fmt::format("write {{{{{}|…}}}}", field.name));
    }
    return parsed;
}

std::string reply_problem(std::string_view body, int most_segments)
{
    if (text::trim(body).empty())
        return "its text is empty";
    if (const std::size_t units = text::utf16_units(body); units > most_units)
        return fmt::format("its text has {} characters; a message takes {}", units, most_units);
    const std::size_t segments = sms::count_segments(body).segments.size();
    if (segments > static_cast<std::size_t>(most_segments))
        return fmt::format("its text has {} segments; max-segments is {}", segments, most_segments);
    return {};
}

templates::Rendering fill_in(const templates::Template& text, const ReplyFields& values)
{
    return text.render([&](std::string_view name) -> std::optional<std::string_view> {
        const Field* const field = find(name);
        return field == nullptr ? std::nullopt
                                : std::optional<std::string_view>(values.*field->value);
    });
}

} // namespace smsctl::webhook
