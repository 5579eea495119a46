#include "sim/twiml.hpp"

#include <catch2/catch.hpp>

using namespace smsctl::sim;

TEST_CASE("a message is read with its text, files and attributes")
{
    const Twiml twiml = parse_twiml(R"(<?xml version="1.0" encoding="UTF-8"?>
        <Response><!-- hello -->
          <Message to="+14155550123" from="+15005550006" action="/done" method="GET">
            <Body>Fish &amp; <![CDATA[<chips>]]></Body>
            <Media> https://x.test/a.png </Media><Media>b.gif</Media>
          </Message>
          <Message statusCallback="/s">  plain &#128512; text
          </Message>
          <Redirect>/next</Redirect>
        </Response>)");
    CHECK(twiml.error == 0);
    REQUIRE(twiml.verbs.size() == 3);
    const auto& first = std::get<TwimlMessage>(twiml.verbs[0]);
    CHECK(first.to == "+14155550123");
    CHECK(first.from == "+15005550006");
    CHECK(first.body == "Fish & <chips>");
    CHECK(first.media == std::vector<std::string>{"https://x.test/a.png", "b.gif"});
    CHECK(first.action == "/done");
    CHECK(first.method == "GET");
    const auto& second = std::get<TwimlMessage>(twiml.verbs[1]);
    CHECK(second.body == "plain \xF0\x9F\x98\x80 text");
    CHECK(second.status_callback == "/s");
    CHECK(second.method == "POST");
    CHECK(std::get<TwimlRedirect>(twiml.verbs[2]).url == "/next");
}

TEST_CASE("a document that cannot be carried out says why")
{
    struct Row {
        std::string document;
        int error;
    };
    const auto row = GENERATE(values<Row>({
        {"", 12100},
        {"hello", 12100},
        {"<Response>", 12100},
        {"<Response><Message>a</Response>", 12100},
        {"<Response/><Response/>", 12100},
        {"<Response>\xFF</Response>", 12100},
        {"<Response>&nothing;</Response>", 12100},
        {"<html><body>hi</body></html>", 12102},
        {"<response/>", 12102},
        {"<Response><Message>a</Message><Say>hello</Say></Response>", 14110},
        {"<Response/>", 0},
    }));
    DYNAMIC_SECTION(row.document)
    {
        const Twiml twiml = parse_twiml(row.document);
        CHECK(twiml.error == row.error);
        CHECK(twiml.problem.empty() == (row.error == 0));
        CHECK(twiml.verbs.empty());
    }
}

TEST_CASE("unknown elements are passed over and named")
{
    const Twiml twiml =
        parse_twiml("<Response><Sms>x</Sms><Message>a<Emoji>b</Emoji>c</Message></Response>");
    CHECK(twiml.unknown == std::vector<std::string>{"Sms", "Emoji"});
    REQUIRE(twiml.verbs.size() == 1);
    CHECK(std::get<TwimlMessage>(twiml.verbs[0]).body == "ac");
}

TEST_CASE("a document of sixty thousand open elements is refused")
{
    std::string deep = "<Response>";
    for (int i = 0; i < 60'000; ++i)
        deep += "<a>";
    CHECK(parse_twiml(deep).error == 12100);
}
