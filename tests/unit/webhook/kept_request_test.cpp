#include "store/event_log.hpp"
#include "unit/webhook/running_listener.hpp"
#include "webhook/kept_request.hpp"
#include "webhook/signed_urls.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace smsctl;
using namespace smsctl::webhook;

namespace {

http::ServerRequest request()
{
    http::ServerRequest made;
    made.method = "POST";
    made.target = "/in?a=%20b";
    made.headers = {{"host", "sms.example.com:8443"},
                    {"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"},
                    {"Authorization", "Basic c2VjcmV0"},
                    {"X-Forwarded-Proto", "https"},
                    {"X-Twilio-Signature", "GvWf1cFY/Q7PnoempGyD5oXAezc="}};
    made.body = "Body=Hi";
    made.peer_address = "127.0.0.1";
    return made;
}

} // namespace

TEST_CASE("a request comes back as far as its signature covers it, and no further")
{
    const auto kept = decode(encode(keep(request(), "https://a.example/x", "Body=Hi")));
    REQUIRE(kept);
    CHECK(kept->is_whole);
    CHECK(kept->public_url == "https://a.example/x");
    const http::ServerRequest again = restore(*kept, "Body=Hi");
    CHECK(again.method == "POST");
    CHECK(again.target == "/in?a=%20b");
    CHECK(again.body == "Body=Hi");
    CHECK(again.peer_address == "127.0.0.1");
    CHECK(http::header(again.headers, "Host") == "sms.example.com:8443");
    CHECK(http::header(again.headers, "X-Forwarded-Proto") == "https");
    CHECK(http::header(again.headers, "X-Twilio-Signature") == "GvWf1cFY/Q7PnoempGyD5oXAezc=");
    CHECK(http::header(again.headers, "Authorization").empty());
}

TEST_CASE("a stranger stays a stranger, and another type than a form is kept")
{
    http::ServerRequest from_outside = request();
    from_outside.peer_address = "192.0.2.7";
    from_outside.headers = {{"Content-Type", "application/json"}};
    const auto kept = decode(encode(keep(from_outside, "", "Body=Hi")));
    const http::ServerRequest again = restore(kept.value(), "Body=Hi");
    CHECK_FALSE(is_loopback(again.peer_address));
    CHECK(http::header(again.headers, "Content-Type") == "application/json");
}

TEST_CASE("a body that is no text comes back byte for byte")
{
    http::ServerRequest odd = request();
    odd.body = "Body=\xff\xfe";
    const auto kept = decode(encode(keep(odd, "", "Body=\xef\xbf\xbd\xef\xbf\xbd")));
    CHECK(restore(kept.value(), "Body=??").body == odd.body);
    CHECK(kept->is_whole);
}

TEST_CASE("what is too long to keep says that it was cut")
{
    constexpr std::size_t longest = 100;
    http::ServerRequest longer = request();
    SECTION("the body")
    {
        longer.body.assign(101, 'x');
    }
    SECTION("the target")
    {
        longer.target.assign(101, '/');
    }
    SECTION("a header")
    {
        longer.headers[0].second.assign(101, 'h');
    }
    const std::string text = encode(keep(longer, "", longer.body.substr(0, longest), longest));
    CHECK(text.size() < 400);
    CHECK_FALSE(decode(text).value().is_whole);
}

TEST_CASE("what is no kept request is none")
{
    for (const char* text : {"", "{}", "[]", "nonsense", R"({"headers":{}})"})
        CHECK_FALSE(decode(text));
}

TEST_CASE("every request, applied or refused, is kept with its event")
{
    test::RunningListener running;
    const auto form = test::inbound_form(test::sid(1), "Hi");
    CHECK(test::post(test::form_post(running.url("/?x=1"), form)) == 200);
    CHECK(test::post(test::form_post(running.url(), form, "wrong-token")) == 403);
    REQUIRE(running.received.wait_for(2));
    store::Scope scope = running.scope();
    store::EventLog log(scope);
    const auto events = log.list({});
    REQUIRE(events.size() == 2);
    const auto applied = decode(log.request_of(events[0].seq));
    REQUIRE(applied);
    CHECK(applied->target == "/?x=1");
    CHECK(applied->is_local);
    CHECK(http::header(applied->headers, "X-Twilio-Signature").size() == 28);
    CHECK(decode(log.request_of(events[1].seq)).value().target == "/");
    CHECK(log.request_of(999).empty());
}

TEST_CASE("what JSON would read as its own comes back as it was")
{
    http::ServerRequest odd = request();
    odd.target = "/in?a=\"}\\,{\"é\x7f";
    odd.headers = {{"Host", "a\"b\\\tc"}, {"Content-Type", "text/plain"}};
    odd.method = "GET";
    const auto kept = decode(encode(keep(odd, "https://a.example/\"", "")));
    REQUIRE(kept);
    CHECK(kept->is_whole);
    CHECK(kept->target == odd.target);
    CHECK(kept->method == "GET");
    CHECK(kept->public_url == "https://a.example/\"");
    CHECK(http::header(kept->headers, "Host") == "a\"b\\\tc");
    CHECK(http::header(kept->headers, "Content-Type") == "text/plain");
}
