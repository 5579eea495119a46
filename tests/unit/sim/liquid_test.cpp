#include "sim/liquid.hpp"

#include <catch2/catch.hpp>

using namespace smsctl::sim;

TEST_CASE("variables with a default are filled in, and what they hold is left as it is")
{
    struct Row {
        std::string name;
        std::string text;
        std::string rendered;
    };
    const LiquidVariables variables{{"body", "{{ x }} {% y %}"}, {"empty", ""}};
    const auto row = GENERATE(values<Row>({
        {"plain text", "Hi { you } | 100 %", "Hi { you } | 100 %"},
        {"one variable", "{{ body | default: '' }}", "{{ x }} {% y %}"},
        {"without blanks", "{{body|default:''}}", "{{ x }} {% y %}"},
        {"its default", "Hi {{ name | default: 'there' }}!", "Hi there!"},
        {"its default, in double quotes", "{{ name | default: \"there\" }}", "there"},
        {"an empty value has the default", "{{ empty | default: 'x' }}", "x"},
        {"several", "{{ a | default: '1' }}{{ b | default: '2' }}.", "12."},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const auto parsed = Liquid::parse(row.text);
        REQUIRE(std::holds_alternative<Liquid>(parsed));
        CHECK(std::get<Liquid>(parsed).render(variables) == row.rendered);
    }
}

TEST_CASE("a template that Twilio is known to refuse, or that is not simulated, is refused")
{
    const auto text = GENERATE(values<std::string>({"Hi {{ name }}",
                                                    "Hi {{ name",
                                                    "{{ | default: 'x' }}",
                                                    "{{ a b | default: 'x' }}",
                                                    "{{ name | upcase }}",
                                                    "{{ name | default: x }}",
                                                    "{{ name | default: 'x\" }}",
                                                    "{% if x %}y{% endif %}",
                                                    "{{ a | default: '' }}{% raw %}"}));
    DYNAMIC_SECTION(text)
    {
        CHECK(std::holds_alternative<std::string>(Liquid::parse(text)));
    }
}
