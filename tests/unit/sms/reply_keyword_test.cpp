#include "sms/reply_keyword.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace smsctl;

TEST_CASE("a keyword is compared without case, white space around it and closing marks")
{
    CHECK(sms::fold_keyword(" \t Opening \r\n  HOURS?! ") == "opening hours");
    CHECK(sms::fold_keyword("\xC3\x96"
                            "FFNUNG") == "\xC3\xB6"
                                         "ffnung");
    CHECK(sms::fold_keyword("\xC2\xA0Hours\xC2\xA0") == "hours");
    CHECK(sms::fold_keyword("HOURS !") == "hours");
    CHECK(sms::fold_keyword("?") == "?");
    CHECK(sms::fold_keyword("") == "");
    CHECK(sms::fold_keyword(" \n ") == "");
    CHECK(sms::fold_keyword("a\xFF") == "a\xEF\xBF\xBD");
}

TEST_CASE("a text may be answered by its whole and by its first word")
{
    struct Case {
        std::string body;
        std::vector<std::string> keywords;
    };
    const auto& row = GENERATE(values<Case>({
        {"Hours", {"hours"}},
        {"Hours, please", {"hours, please", "hours"}},
        {"opening hours", {"opening hours", "opening"}},
        {"\n\n? what", {"? what", "?"}},
        {"", {}},
        {"   ", {}},
        {"hours " + std::string(5000, 'x'), {"hours"}},
    }));
    CAPTURE(row.body);
    CHECK(sms::keywords_of(row.body) == row.keywords);
}
