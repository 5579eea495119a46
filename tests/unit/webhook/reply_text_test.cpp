#include "core/error.hpp"
#include "support/errors.hpp"
#include "webhook/reply_text.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace smsctl;
using webhook::HasKeyword;
using webhook::reply_template;

TEST_CASE("a reply's fields are the message's, with defaults where they may be empty")
{
    const auto text =
        reply_template("{{name|there}}: {{keyword}} {{from}} {{to}} {{body|}}", HasKeyword::yes);
    CHECK(webhook::fill_in(text, {"Hi {{from}}", "+1", "hours", "", "+2"}).text ==
          "there: hours +1 +2 Hi {{from}}");

    struct Case {
        std::string text;
        HasKeyword has_keyword;
        std::string code;
    };
    const auto& row = GENERATE(values<Case>({
        {"your {{code}}", HasKeyword::yes, "usage.reply_field"},
        {"your {{code|x}}", HasKeyword::yes, "usage.reply_field"},
        {"Hi {{name}}", HasKeyword::yes, "usage.reply_field"},
        {"{{body}}!", HasKeyword::yes, "usage.reply_field"},
        {"{{keyword}}", HasKeyword::no, "usage.reply_field"},
        {"{{#from}}", HasKeyword::yes, "usage.template"},
        {"", HasKeyword::yes, "usage.body"},
        {" \n", HasKeyword::no, "usage.body"},
    }));
    DYNAMIC_SECTION(row.text)
    {
        CHECK(test::error_of([&] { reply_template(row.text, row.has_keyword); }).code() ==
              row.code);
    }
}

TEST_CASE("a reply that cannot be sent says why")
{
    CHECK(webhook::reply_problem("Hello", 1).empty());
    CHECK_FALSE(webhook::reply_problem("  ", 10).empty());
    CHECK(webhook::reply_problem(std::string(161, 'x'), 1).find("2 segments") != std::string::npos);
    CHECK(webhook::reply_problem(std::string(1601, 'x'), 99).find("1601") != std::string::npos);
}
