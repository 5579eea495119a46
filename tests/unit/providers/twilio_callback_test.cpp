#include "core/crypto.hpp"
#include "providers/twilio/callback.hpp"
#include "providers/twilio/signature.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace smsctl;
using namespace smsctl::providers;

namespace {

const twilio::Callbacks callbacks;
const std::string sid = "SM" + std::string(32, 'a');
const std::string public_url = "https://example.com/webhooks/inbound";

WebhookRequest post(const http::Form& form)
{
    return {"POST",
            {public_url},
            {{"content-type", "application/x-www-form-urlencoded; charset=UTF-8"}},
            http::encode_form(form)};
}

http::Form with(http::Form form, const http::Form& more)
{
    form.insert(form.end(), more.begin(), more.end());
    return form;
}

const http::Form inbound_form{{"MessageSid", sid},
                              {"AccountSid", "AC1"},
                              {"From", "+14155550123"},
                              {"To", "+14155550100"},
                              {"Body", "Hi"},
                              {"NumSegments", "1"},
                              {"SmsStatus", "received"}};
const http::Form status_form{{"MessageSid", sid},
                             {"AccountSid", "AC1"},
                             {"From", "+14155550100"},
                             {"To", "+14155550123"},
                             {"SmsStatus", "sent"},
                             {"MessageStatus", "sent"}};

} // namespace

TEST_CASE("a text becomes an inbound message")
{
    const auto content = callbacks.read(post(with(inbound_form, {{"ProfileName", "Ana"}})));
    const auto& message = std::get<InboundMessage>(content);
    CHECK(message.provider_id == sid);
    CHECK(message.account_id == "AC1");
    CHECK(message.from == "+14155550123");
    CHECK(message.to == "+14155550100");
    CHECK(message.body == "Hi");
    CHECK(message.segments == 1);
    CHECK(message.keyword == sms::Keyword::none);
    CHECK(message.profile_name == "Ana");
}

TEST_CASE("a GET carries everything in the query of the URL that was asked for")
{
    const WebhookRequest request{
        "GET", {public_url + "?own=1&" + http::encode_form(inbound_form) + "#rc=1"}, {}, ""};
    CHECK(std::get<InboundMessage>(callbacks.read(request)).body == "Hi");
    CHECK(callbacks.account_id(request) == "AC1");
}

TEST_CASE("the provider's verdict on a keyword comes before our own")
{
    struct Row {
        const char* name;
        const char* body;
        const char* verdict;
        sms::Keyword keyword;
    };
    const auto row =
        GENERATE(Row{"ours", "stop", "", sms::Keyword::stop},
                 Row{"theirs", "adios", "STOP", sms::Keyword::stop},
                 Row{"theirs against ours", "STOP", "HELP", sms::Keyword::help},
                 Row{"a verdict we do not know", "START", "MAYBE", sms::Keyword::start},
                 Row{"neither", "hello", "", sms::Keyword::none});
    DYNAMIC_SECTION(row.name)
    {
        const auto content = callbacks.read(post({{"MessageSid", sid},
                                                  {"From", "+1"},
                                                  {"Body", row.body},
                                                  {"OptOutType", row.verdict}}));
        CHECK(std::get<InboundMessage>(content).keyword == row.keyword);
    }
}

TEST_CASE("a plus that was sent bare is put back, and nothing else is touched")
{
    struct Row {
        const char* name;
        const char* raw;
        const char* address;
    };
    const auto row = GENERATE(Row{"number", "+14155550123", "+14155550123"},
                              Row{"channel", "whatsapp:+14155550123", "whatsapp:+14155550123"},
                              Row{"escaped", "%2B14155550123", "+14155550123"},
                              Row{"short code", "12345", "12345"},
                              Row{"alphanumeric with a blank", "MY+SHOP", "MY SHOP"},
                              Row{"alphanumeric with a number", "Shop+24", "Shop 24"});
    DYNAMIC_SECTION(row.name)
    {
        WebhookRequest request = post({{"MessageSid", sid}, {"Body", "x"}});
        request.body += std::string("&From=") + row.raw;
        CHECK(std::get<InboundMessage>(callbacks.read(request)).from == row.address);
    }
}

TEST_CASE("media come in the order of their numbers, up to what is there")
{
    const auto content = callbacks.read(post(with(inbound_form,
                                                  {{"NumMedia", "7"},
                                                   {"MediaUrl10", "k"},
                                                   {"MediaUrl1", "b"},
                                                   {"MediaContentType1", "image/png"},
                                                   {"MediaUrl0", "a"},
                                                   {"MediaUrl", "no number"},
                                                   {"MediaUrlX", "no number"},
                                                   {"MediaUrl2", ""}})));
    const auto& media = std::get<InboundMessage>(content).media;
    REQUIRE(media.size() == 3);
    CHECK(media[0].url == "a");
    CHECK(media[0].content_type.empty());
    CHECK(media[1].url == "b");
    CHECK(media[1].content_type == "image/png");
    CHECK(media[2].url == "k");
}

TEST_CASE("a status callback becomes a report")
{
    struct Row {
        const char* name;
        http::Form more;
        const char* word;
        std::optional<sms::Status> status;
        const char* code;
        const char* text;
    };
    const auto row = GENERATE(
        Row{"sent", {{"MessageStatus", "sent"}}, "sent", sms::Status::sent, "", ""},
        Row{"old parameter alone",
            {{"SmsStatus", "delivered"}},
            "delivered",
            sms::Status::delivered,
            "",
            ""},
        Row{"unknown word", {{"MessageStatus", "teleported"}}, "teleported", std::nullopt, "", ""},
        Row{"failed, our words",
            {{"MessageStatus", "failed"}, {"ErrorCode", "30005"}},
            "failed",
            sms::Status::failed,
            "30005",
            "the number is unknown or gone"},
        Row{"failed, the channel's words",
            {{"MessageStatus", "undelivered"},
             {"ErrorCode", "63016"},
             {"ChannelStatusMessage", "late"}},
            "undelivered",
            sms::Status::undelivered,
            "63016",
            "late"});
    DYNAMIC_SECTION(row.name)
    {
        const auto content = callbacks.read(post(with({{"MessageSid", sid}}, row.more)));
        const auto& report = std::get<StatusReport>(content);
        CHECK(report.provider_id == sid);
        CHECK(report.status_word == row.word);
        CHECK(report.status == row.status);
        CHECK((report.failure ? report.failure->code : "") == row.code);
        CHECK((report.failure ? report.failure->text : "") == row.text);
    }
}

TEST_CASE("what cannot be taken is refused with a reason")
{
    struct Row {
        const char* name;
        WebhookRequest request;
        int status;
        const char* reason;
    };
    const auto typed = [](const char* type) {
        WebhookRequest request = post(inbound_form);
        request.headers = {{"Content-Type", type}};
        return request;
    };
    const auto row = GENERATE_COPY(
        Row{"JSON",
            typed("application/json"),
            415,
            "content type application/json instead of a form"},
        Row{"text", typed("text/plain"), 415, "content type text/plain instead of a form"},
        Row{"multipart",
            typed("multipart/form-data; boundary=b"),
            415,
            "content type multipart/form-data instead of a form"},
        Row{"nothing", post({}), 400, "no parameters"},
        Row{"no SID", post({{"From", "+1"}, {"Body", "x"}}), 400, "no MessageSid"},
        Row{"bad SID",
            post({{"MessageSid", "hello"}, {"From", "+1"}}),
            400,
            "MessageSid is no SID"},
        Row{"no sender", post({{"MessageSid", sid}, {"Body", "x"}}), 400, "no From"},
        Row{"neither kind",
            post({{"MessageSid", sid}, {"From", "+1"}}),
            400,
            "neither a message nor a status"},
        Row{"other method",
            {"PUT", {public_url}, {}, ""},
            405,
            "method PUT instead of POST or GET"});
    DYNAMIC_SECTION(row.name)
    {
        const auto content = callbacks.read(row.request);
        REQUIRE(std::holds_alternative<Unreadable>(content));
        CHECK(std::get<Unreadable>(content).http_status == row.status);
        CHECK(std::get<Unreadable>(content).reason == row.reason);
    }
}

TEST_CASE("a signature holds for any of the URLs that may have been signed")
{
    const Secret token("s3cret-token");
    WebhookRequest request = post(status_form);
    request.urls = {"http://127.0.0.1:8787/hook", "https://u:hush@example.com/hook?key=hush"};
    SECTION("for the second one")
    {
        request.headers.emplace_back(
            "x-twilio-signature",
            twilio::sign("https://example.com/hook?key=hush", status_form, token.reveal()));
        CHECK(callbacks.is_signed(request));
        CHECK(callbacks.signature_problem(request, token).empty());
    }
    SECTION("for none of them, the reason names them without secrets")
    {
        request.headers.emplace_back("X-Twilio-Signature", "AAAA");
        CHECK(callbacks.signature_problem(request, token) ==
              "signature does not match for URL http://127.0.0.1:8787/hook or "
              "https://example.com/hook");
    }
    SECTION("without the header")
    {
        CHECK_FALSE(callbacks.is_signed(request));
        CHECK(callbacks.signature_problem(request, token) == "no X-Twilio-Signature header");
    }
    SECTION("without a token")
    {
        request.headers.emplace_back("X-Twilio-Signature", "AAAA");
        CHECK(callbacks.signature_problem(request, Secret()) ==
              "no auth token to check the signature with");
    }
}

TEST_CASE("a JSON body is verified by the hash in its URL")
{
    const std::string body = R"({"a":1})";
    const std::string url = public_url + "?bodySHA256=" + crypto::hex(crypto::sha256(body));
    WebhookRequest request{
        "POST",
        {url},
        {{"Content-Type", "application/json"}, {"X-Twilio-Signature", twilio::sign(url, {}, "t")}},
        body};
    CHECK(callbacks.signature_problem(request, Secret("t")).empty());
    request.body += "\n";
    CHECK_FALSE(callbacks.signature_problem(request, Secret("t")).empty());
}

TEST_CASE("a request is recognised by its signature or its account")
{
    CHECK(callbacks.recognises({"POST", {}, {{"X-Twilio-Signature", "x"}}, ""}));
    CHECK(callbacks.recognises(post({{"AccountSid", "AC1"}})));
    CHECK_FALSE(callbacks.recognises(post({{"Other", "AC1"}})));
}

TEST_CASE("the acknowledgement is an empty TwiML document")
{
    const http::ServerResponse response = callbacks.acknowledgement();
    CHECK(response.status == 200);
    CHECK(http::header(response.headers, "content-type") == "text/xml; charset=utf-8");
    CHECK(response.body.find("<Response/>") != std::string::npos);
}
