#include "support/errors.hpp"
#include "templates/template.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <string>

using namespace smsctl;
using templates::Rendering;
using templates::Template;
using test::error_of;

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

Rendering render(const Template& text, const Values& values)
{
    return text.render([&](std::string_view name) -> std::optional<std::string_view> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt
                                     : std::optional<std::string_view>(found->second);
    });
}

std::string rendered(std::string_view text, const Values& values = {})
{
    const Template parsed(text);
    const Rendering rendering = render(parsed, values);
    CHECK(rendering.missing.empty());
    return rendering.text;
}

} // namespace

TEST_CASE("a template puts values where the fields stand and leaves the rest as it is")
{
    struct Row {
        std::string name;
        std::string text;
        std::string wanted;
    };
    const std::vector<Row> rows{
        {"nothing to fill in", "Hello", "Hello"},
        {"empty", "", ""},
        {"fields side by side", "{{first}}{{last}}", "AnnLee"},
        {"one field twice", "{{first}}, {{first}}!", "Ann, Ann!"},
        {"blanks inside the braces", "Hi {{  first }}.", "Hi Ann."},
        {"blanks in the name", "{{order no.}}", "7"},
        {"letters of any script", "{{prénom}} {{名前}}", "Zoë 王"},
        {"a default that is not needed", "{{first|you}}", "Ann"},
        {"a default for a missing field", "Hi {{nick|there}}!", "Hi there!"},
        {"a default for an empty field", "Hi {{empty|there}}!", "Hi there!"},
        {"a default for a blank field", "Hi {{blank|there}}!", "Hi there!"},
        {"an empty default", "Hi{{nick|}}!", "Hi!"},
        {"a default with blanks, a bar and a brace", "{{nick| a | b } c }}", "a | b } c"},
        {"nothing is escaped", "{{markup}}", "<b>\"A&B\"</b>"},
        {"a value is data", "{{braces}}", "{{first}} {{#x}} {{"},
        {"line ends and blanks stay", " {{first}}\r\n\n\t{{last}}  ", " Ann\r\n\n\tLee  "},
        {"a field alone on its line", "a\n{{first}}\nb", "a\nAnn\nb"},
        {"other braces", "{first} } }} {", "{first} } }} {"},
        {"names are compared exactly", "{{First|you}}", "you"},
        {"a dot is part of the name", "{{a.b}}", "dotted"}};
    const Values values{{"first", "Ann"},
                        {"last", "Lee"},
                        {"order no.", "7"},
                        {"prénom", "Zoë"},
                        {"名前", "王"},
                        {"empty", ""},
                        {"blank", " \t"},
                        {"markup", "<b>\"A&B\"</b>"},
                        {"braces", "{{first}} {{#x}} {{"},
                        {"a.b", "dotted"}};
    for (const Row& row : rows) {
        INFO(row.name);
        CHECK(rendered(row.text, values) == row.wanted);
        CHECK(Template(row.text).text() == row.text);
    }
}

TEST_CASE("fields are known by name, once each, with what stands in for them")
{
    const Template text("{{b}} {{a|x}} {{b|y}} {{c|}} {{a|z}} {{d|y}} {{d}}");
    const auto& fields = text.fields();
    REQUIRE(fields.size() == 4);
    CHECK(fields[0].name == "b");
    CHECK_FALSE(fields[0].default_text);
    CHECK(fields[1].name == "a");
    CHECK(fields[1].default_text == "x");
    CHECK(fields[2].default_text == "");
    CHECK(fields[3].name == "d");
    CHECK_FALSE(fields[3].default_text);
}

TEST_CASE("fields without value and default are named, each once")
{
    const Template text("{{a}} {{b}} {{a}} {{c|x}} {{d}}");
    const Rendering rendering = render(text, {{"b", "1"}, {"d", "  "}});
    CHECK(rendering.missing == std::vector<std::string_view>{"a", "d"});
}

TEST_CASE("rendering by position reuses its text")
{
    const Template text("Hi {{name|there}}, your code is {{code}}");
    std::string out = "from before";
    CHECK(text.render(std::vector<std::string_view>{"Ann", "7"}, out).empty());
    CHECK(out == "Hi Ann, your code is 7");
    CHECK(text.render(std::vector<std::string_view>{"", "8"}, out).empty());
    CHECK(out == "Hi there, your code is 8");
    CHECK(text.render(std::vector<std::string_view>{"", ""}, out) ==
          std::vector<std::string_view>{"code"});
}

TEST_CASE("a template says what it cannot have, and at which character")
{
    struct Row {
        std::string name;
        std::string text;
        std::string wanted;
    };
    const std::vector<Row> rows{
        {"a section", "Hi {{#vip}}dear{{/vip}}", "{{# at character 4 is a section"},
        {"an inverted section", "{{^vip}}x{{/vip}}", "{{^ at character 1 is a section"},
        {"the end of a section", "x {{/vip}}", "{{/ at character 3 is the end of a section"},
        {"a partial", "x {{> other}}", "{{> at character 3 is another template"},
        {"a comment", "x {{! note}}", "{{! at character 3 is a comment"},
        {"other delimiters", "{{=<% %>=}}", "{{= at character 1 is a change of delimiters"},
        {"an unescaped value", "x {{& name}}", "{{& at character 3 is an unescaped value"},
        {"three braces", "x {{{name}}}", "{{{ at character 3 is an unescaped value"},
        {"blanks before the sign", "x {{ \n# name}}", "{{# at character 3 is a section"},
        {"never closed", "Hi {{name", "{{ at character 4 is never closed"},
        {"closed by one brace", "Hi {{name}", "{{ at character 4 is never closed"},
        {"the second never closed", "Hi {{a}} }} {{b", "{{ at character 13 is never closed"},
        {"two braces at the end", "Hi {{", "{{ at character 4 is never closed"},
        {"one open before the next", "Hi {{a, your {{code}}", "{{ at character 4 is not closed"},
        {"a field in a default", "{{a|{{b}}}}", "{{ at character 1 is not closed"},
        {"no name", "Hi {{}}", "field at character 4 has no name"},
        {"a blank name", "Hi {{ }}", "field at character 4 has no name"},
        {"a default without a name", "Hi {{|you}}", "field at character 4 has no name"},
        {"signs in the name", "Hi {{first(name)}}", "'first(name)' at character 4 cannot be"},
        {"a line end in the name", "{{first\nname}}", "at character 1 cannot be a field"},
        {"characters, not bytes", "Zoë 😀 {{}}", "field at character 7 has no name"},
        {"a NUL", std::string("a\0b", 3), "holds a NUL"},
        {"not UTF-8", "caf\xE9", "is not UTF-8"}};
    for (const Row& row : rows) {
        INFO(row.name);
        const Error error = error_of([&] { Template(row.text); });
        CHECK(error.exit() == Exit::usage);
        CHECK(error.code() == "usage.template");
        CHECK_THAT(error.what(), Catch::Contains(row.wanted));
        CHECK_FALSE(error.hint().empty());
    }
}

TEST_CASE("no text crashes a template, and one without fields is given back as it was")
{
    std::mt19937 random(20240611); // NOLINT: the same texts in every run
    const std::string alphabet = "{{{{}}}}|| #^/>!=&.a b\n\r\xC3\xA9\xFF";
    std::size_t parsed_count = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string text;
        for (std::size_t size = random() % 24; size > 0; --size)
            text += alphabet[random() % alphabet.size()];
        try {
            const Template parsed(text);
            ++parsed_count;
            if (parsed.fields().empty())
                CHECK(render(parsed, {}).text == text);
            else
                render(parsed, {{"a", text}});
        } catch (const Error& error) {
            CHECK(error.code() == "usage.template");
        }
    }
    CHECK(parsed_count > 1000);
}

TEST_CASE("nesting as deep as it goes is refused without going there")
{
    std::string deep;
    for (int i = 0; i < 200000; ++i)
        deep += "{{#a}}";
    CHECK(error_of([&] { Template{deep}; }).code() == "usage.template");
}
