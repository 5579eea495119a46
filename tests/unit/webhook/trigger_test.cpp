#include "core/error.hpp"
#include "providers/twilio/signature.hpp"
#include "webhook/trigger.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace smsctl::webhook;

namespace {

const TriggerSubject subject{
    "AC5100000000000000000000000000051a", "+15005550006", "+14155552671", ""};
const Instant now{Millis(1'772'446'272'345)}; // 2026-03-02T10:11:12.345Z
const Secret token("12345");

http::Form make(std::string_view type, const http::Form& changes = {})
{
    return make_form(type, subject, changes, now);
}

std::string_view header(const http::Request& request, std::string_view name)
{
    return http::header(request.headers, name);
}

} // namespace

TEST_CASE("every type makes a form about its subject")
{
    for (const TriggerType& type : trigger_types()) {
        if (type.name.starts_with("flow."))
            continue;
        DYNAMIC_SECTION(type.name)
        {
            const http::Form form = make(type.name);
            const bool inbound = type.name.starts_with("inbound.");
            CHECK(http::first(form, "AccountSid") == subject.account_id);
            CHECK(http::first(form, inbound ? "To" : "From") == subject.our_address);
            CHECK(http::first(form, inbound ? "From" : "To") == subject.their_address);
            CHECK(http::first(form, "MessageSid").size() == 34);
            CHECK(http::first(form, "SmsSid") == http::first(form, "MessageSid"));
            if (!inbound)
                CHECK(http::first(form, "MessageStatus") ==
                      type.name.substr(type.name.find('.') + 1));
        }
    }
}

TEST_CASE("keywords are the whole body")
{
    CHECK(http::first(make("inbound.stop"), "Body") == "STOP");
    CHECK(http::first(make("inbound.start"), "Body") == "START");
    CHECK(http::first(make("inbound.help"), "Body") == "HELP");
}

TEST_CASE("a picture message counts its media")
{
    const http::Form form = make("inbound.mms");
    CHECK(http::first(form, "NumMedia") == "1");
    CHECK(http::first(form, "MediaContentType0") == "image/png");
    CHECK(http::first(form, "MessageSid").starts_with("MM"));
}

TEST_CASE("a failure carries its error code")
{
    struct Row {
        std::string type;
        std::string code;
    };
    const auto row = GENERATE(values<Row>({{"status.failed", "30008"},
                                           {"status.failed:30034", "30034"},
                                           {"status.undelivered", "30003"},
                                           {"status.undelivered:30006", "30006"},
                                           {"status.delivered", ""}}));
    DYNAMIC_SECTION(row.type)
    {
        CHECK(http::first(make(row.type), "ErrorCode") == row.code);
    }
}

TEST_CASE("changes take the provider's names, and twins follow")
{
    const http::Form form = make("inbound.sms",
                                 {{"MessageSid", "SM1"},
                                  {"Body", std::string(161, 'a')},
                                  {"MediaUrl0", "https://x.test/a.png"}});
    CHECK(http::first(form, "SmsSid") == "SM1");
    CHECK(http::first(form, "SmsMessageSid") == "SM1");
    CHECK(http::first(form, "NumSegments") == "2");
    CHECK(http::first(form, "MediaUrl0") == "https://x.test/a.png");

    const http::Form status = make("status.sent", {{"MessageStatus", "novel"}});
    CHECK(http::first(status, "SmsStatus") == "novel");
    CHECK(http::first(make("status.sent", {{"SmsStatus", "other"}}), "MessageStatus") == "sent");
}

TEST_CASE("what is no type or field is a usage error that helps")
{
    struct Row {
        std::string type;
        http::Form changes;
        std::string code;
        std::string hint;
    };
    const auto row = GENERATE(values<Row>(
        {{"inbound.smss", {}, "usage.trigger_type", "did you mean inbound.sms?"},
         {"status.deliverd", {}, "usage.trigger_type", "did you mean status.delivered?"},
         {"status.sent:30003", {}, "usage.trigger_type", "only failed"},
         {"status.failed:x", {}, "usage.trigger_type", "only failed"},
         {"inbound.sms", {{"body", "x"}}, "usage.trigger_field", "Body"},
         {"status.sent", {{"Body", "x"}}, "usage.trigger_field", "MessageStatus"},
         {"inbound.sms", {{"MediaUrlX", "x"}}, "usage.trigger_field", "MediaUrl0"}}));
    DYNAMIC_SECTION(row.type << " " << row.code)
    {
        try {
            make(row.type, row.changes);
            FAIL("nothing was thrown");
        } catch (const Error& error) {
            CHECK(error.exit() == Exit::usage);
            CHECK(error.code() == row.code);
            CHECK_THAT(error.hint(), Catch::Contains(row.hint));
        }
    }
}

TEST_CASE("a request is signed for its URL without user and fragment")
{
    const http::Form form = make("inbound.sms", {{"Body", "a+b & c é"}});
    const std::string url = "http://127.0.0.1:8787/hook?x=1";
    const auto request = make_request(
        url + "#rc=2", make_webhook(form), Signing::valid, token, std::chrono::seconds(5));
    CHECK(request.url == url);
    CHECK(http::decode_form(request.body) == form);
    CHECK(providers::twilio::verify(
        url, form, header(request, "X-Twilio-Signature"), token.reveal()));
}

TEST_CASE("a bad signature has a good one's shape, and no signature is none")
{
    const http::Form form = make("inbound.sms");
    const std::string url = "http://127.0.0.1:8787/";
    const auto bad =
        make_request(url, make_webhook(form), Signing::bad, token, std::chrono::seconds(5));
    CHECK(header(bad, "X-Twilio-Signature").size() == 28);
    CHECK_FALSE(
        providers::twilio::verify(url, form, header(bad, "X-Twilio-Signature"), token.reveal()));
    const auto none =
        make_request(url, make_webhook(form), Signing::none, token, std::chrono::seconds(5));
    CHECK(header(none, "X-Twilio-Signature").empty());
}

TEST_CASE("the curl line holds the signature, quotes what a shell would read, and no token")
{
    const auto request = make_request("http://127.0.0.1:8787/it's",
                                      make_webhook(make("inbound.sms")),
                                      Signing::valid,
                                      token,
                                      std::chrono::seconds(5));
    const std::string line = as_curl(request);
    CHECK_THAT(line, Catch::StartsWith("curl -sS -X POST 'http://127.0.0.1:8787/it'\\''s'"));
    CHECK_THAT(line, Catch::Contains("X-Twilio-Signature: "));
    CHECK_THAT(line, !Catch::Contains("12345"));
}
