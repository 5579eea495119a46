#include "sms/opt_out.hpp"
#include "support/vectors.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

using namespace smsctl;
using sms::Keyword;

namespace {

std::string name(Keyword keyword)
{
    switch (keyword) {
    case Keyword::stop:
        return "stop";
    case Keyword::start:
        return "start";
    case Keyword::help:
        return "help";
    case Keyword::none:
        break;
    }
    return "none";
}

} // namespace

TEST_CASE("every published body asks for what the provider's rules say", "[vectors]")
{
    const nlohmann::json vectors = test::read_vectors("optout.json");
    std::size_t checked = 0;
    for (const auto& vector : vectors) {
        const std::string body = vector.at("body");
        const std::string found = name(sms::keyword(body));
        INFO(vector.at("id").get<std::string>() << " \"" << body << "\" read as " << found);
        const auto accept = vector.find("accept");
        if (accept == vector.end())
            CHECK(found == vector.at("expect"));
        else
            CHECK(std::find(accept->begin(), accept->end(), found) != accept->end());
        ++checked;
    }
    CHECK(checked == vectors.size());
    CHECK(checked > 0);
}

TEST_CASE("a keyword is a whole message of one word")
{
    CHECK(sms::keyword(" \r\n\tStopAll\v\f ") == Keyword::stop);
    CHECK(sms::keyword("unstop") == Keyword::start);
    CHECK(sms::keyword("Info") == Keyword::help);
    CHECK(sms::keyword("STOP PLEASE") == Keyword::none);
    CHECK(sms::keyword(std::string("STOP\0", 5)) == Keyword::none);
    CHECK(sms::keyword(std::string(1 << 20, 's')) == Keyword::none);
    CHECK(sms::keyword("") == Keyword::none);
}

TEST_CASE("the provider's verdict is read, unknown words apart")
{
    CHECK(sms::keyword_from_provider("STOP") == Keyword::stop);
    CHECK(sms::keyword_from_provider("START") == Keyword::start);
    CHECK(sms::keyword_from_provider("help") == Keyword::help);
    CHECK(sms::keyword_from_provider("PAUSE") == Keyword::none);
    CHECK(sms::keyword_from_provider("") == Keyword::none);
}
