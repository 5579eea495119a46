#include "providers/twilio/twiml.hpp"
#include "sim/twiml.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace smsctl;

TEST_CASE("what a reply says is what the provider reads, whatever it holds")
{
    struct Case {
        std::string name;
        std::string body;
        std::string read;
    };
    const auto& row = GENERATE(values<Case>({
        {"plain", "We are open", "We are open"},
        {"markup",
         "a < b && c > d \"e\" 'f' </Body><Redirect>x",
         "a < b && c > d \"e\" 'f' </Body><Redirect>x"},
        {"an entity", "&amp;&lt;", "&amp;&lt;"},
        {"other scripts", "Grüße ✓ 😀", "Grüße ✓ 😀"},
        {"lines", "one\ntwo\r\nthree\tfour", "one\ntwo\r\nthree\tfour"},
        {"what XML cannot hold",
         std::string("a\0b\x01\x1F"
                     "c\xEF\xBF\xBE"
                     "d\xEF\xBF\xBF",
                     13),
         "abcd"},
        {"the end of a section", "]]>", "]]>"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const auto twiml = sim::parse_twiml(providers::twilio::reply_twiml(
            row.body, "https://sms.example/hook?a=1&smsctl-reply=msg_1"));
        CHECK(twiml.error == 0);
        CHECK(twiml.unknown.empty());
        REQUIRE(twiml.verbs.size() == 1);
        const auto& message = std::get<sim::TwimlMessage>(twiml.verbs.front());
        CHECK(message.body == row.read);
        CHECK(message.status_callback == "https://sms.example/hook?a=1&smsctl-reply=msg_1");
        CHECK(message.to.empty());
        CHECK(message.action.empty());
    }
}

TEST_CASE("a document without a reply does nothing")
{
    const auto twiml = sim::parse_twiml(providers::twilio::empty_twiml());
    CHECK(twiml.error == 0);
    CHECK(twiml.verbs.empty());
    CHECK(providers::twilio::reply_twiml("x", "").find("statusCallback") == std::string::npos);
}
