#include "providers/twilio/signature.hpp"
#include "support/errors.hpp"
#include "webhook/custom_bodies.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace smsctl::webhook;
using test::error_of;

namespace {

const Secret token("12345");

sms::Event received(const std::string& payload)
{
    sms::Event event;
    event.id = "evt_1";
    event.source = sms::EventSource::callback;
    event.payload = payload;
    return event;
}

KeptRequest
kept_from(const std::string& method, const std::string& body, http::Headers headers = {})
{
    http::ServerRequest request;
    request.method = method;
    request.target = method == "GET" ? "/in?" + body : "/in";
    request.headers = std::move(headers);
    request.body = method == "GET" ? "" : body;
    return keep(request, "", body);
}

} // namespace

TEST_CASE("a stored webhook travels again as it came")
{
    const std::string body = "Body=Hi%20there&MessageStatus=sent";
    const Webhook posted = webhook_of(received(body), kept_from("POST", body));
    CHECK(posted.method == "POST");
    CHECK(posted.body == body);
    CHECK(posted.type == "status.sent");
    CHECK(webhook_of(received(body), std::nullopt).body == body);

    const std::string url = "http://127.0.0.1:8787/x?a=1";
    const Webhook got = webhook_of(received(body), kept_from("GET", body));
    const auto request = make_request(url, got, Signing::valid, token, std::chrono::seconds(5));
    CHECK(request.method == "GET");
    CHECK(request.url == url + "&" + body);
    CHECK(request.body.empty());
    CHECK(providers::twilio::verify(
        request.url, {}, http::header(request.headers, "X-Twilio-Signature"), token.reveal()));
    CHECK_THAT(as_curl(request), !Catch::Contains("--data"));
}

TEST_CASE("what was not kept whole, was no form or no webhook is not delivered again")
{
    KeptRequest cut = kept_from("POST", "Body=Hi");
    cut.is_whole = false;
    const sms::Event event = received("Body=Hi");
    CHECK(error_of([&] { webhook_of(event, cut); }).code() == "usage.trigger_event");
    const auto json = kept_from("POST", "{}", {{"Content-Type", "application/json"}});
    CHECK(error_of([&] { webhook_of(received("{}"), json); }).code() == "usage.trigger_event");

    sms::Event old = event;
    old.kind = sms::EventKind::refused;
    CHECK(error_of([&] { webhook_of(old, {}); }).code() == "usage.trigger_event");
    sms::Event poll = event;
    poll.source = sms::EventSource::poll;
    CHECK(error_of([&] { webhook_of(poll, {}); }).code() == "usage.trigger_event");
    sms::Event opt_out = event;
    opt_out.kind = sms::EventKind::opt_out;
    CHECK(error_of([&] { webhook_of(opt_out, {}); }).code() == "usage.trigger_event");
}

TEST_CASE("JSON values become the text of a form")
{
    const auto webhooks = read_webhooks(
        R"([{"Body":"a&b","NumMedia":1,"Forwarded":true,"ToCity":null},{"MessageStatus":"sent"}])",
        "x.json");
    REQUIRE(webhooks.size() == 2);
    CHECK(webhooks[0].form ==
          http::Form{{"Body", "a&b"}, {"NumMedia", "1"}, {"Forwarded", "true"}, {"ToCity", ""}});
    CHECK(webhooks[0].type == "inbound.mms");
    CHECK(webhooks[0].body == "Body=a%26b&NumMedia=1&Forwarded=true&ToCity=");
    CHECK(webhooks[1].type == "status.sent");
    CHECK(webhooks[0].idempotency_token != webhooks[1].idempotency_token);
}
