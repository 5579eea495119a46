#include "providers/twilio/signature.hpp"
#include "support/loopback_server.hpp"
#include "support/running_sim.hpp"

#include <fmt/format.h>

using namespace smsctl;
using test::LoopbackServer;
using test::RunningSim;

namespace {

http::ServerResponse no_content(const http::ServerRequest& /*request*/)
{
    return {204, {}, {}};
}

bool is_signed(const http::ServerRequest& request, const std::string& url, const std::string& token)
{
    return providers::twilio::verify(url,
                                     http::decode_form(request.body),
                                     http::header(request.headers, "X-Twilio-Signature"),
                                     token);
}

} // namespace

TEST_CASE("status callbacks come signed, in order, without the fragment")
{
    LoopbackServer receiver(no_content);
    RunningSim far_end;
    const std::string url = receiver.url("/status?ref=1");
    far_end.create({{"To", "+14155530003"},
                    {"From", "+15005550006"},
                    {"Body", "hello"},
                    {"StatusCallback", url + "#rc=2"}});
    REQUIRE(receiver.wait_for_requests(2));
    const auto requests = receiver.requests();
    std::vector<std::string> statuses;
    for (const auto& request : requests) {
        CHECK(request.method == "POST");
        CHECK(request.target == "/status?ref=1");
        CHECK(is_signed(request, url, far_end.sim().auth_token()));
        statuses.emplace_back(http::first(http::decode_form(request.body), "MessageStatus"));
    }
    CHECK(statuses == std::vector<std::string>{"sent", "undelivered"});
    CHECK(http::first(http::decode_form(requests[1].body), "ErrorCode") == "30003");
}

TEST_CASE("a callback is tried twice when nobody listens, and never leaves this machine")
{
    RunningSim far_end;
    const std::string closed = fmt::format("http://127.0.0.1:{}/", test::closed_port());
    const auto url = GENERATE_REF(values<std::string>({closed, "http://192.0.2.1/"}));
    const std::string sid = far_end.create({{"To", "+14155552671"},
                                            {"From", "+15005550006"},
                                            {"Body", "hello"},
                                            {"StatusCallback", url}})["sid"];
    far_end.wait_for(sid, "delivered");
    auto state = far_end.state();
    const auto until = std::chrono::steady_clock::now() + test::patience;
    while (state["webhooks"].size() < 2 && std::chrono::steady_clock::now() < until)
        state = far_end.state();
    REQUIRE(state["webhooks"].size() == 2);
    CHECK(state["webhooks"][0]["attempts"] == (url == closed ? 2 : 0));
    CHECK(state["webhooks"][0]["http_status"] == 0);
    CHECK_FALSE(state["webhooks"][0]["problem"].get<std::string>().empty());
}

TEST_CASE("an inbound text is listed and calls the number's webhook")
{
    LoopbackServer receiver(no_content);
    RunningSim far_end;
    const auto method = GENERATE("POST", "GET");
    const std::string uri = far_end.json(
        200, "GET", far_end.path("/IncomingPhoneNumbers.json"))["incoming_phone_numbers"][0]["uri"];
    const std::string url = receiver.url("/in");
    far_end.json(200, "POST", uri, {{"SmsUrl", url}, {"SmsMethod", method}});

    const auto stored = far_end.json(201,
                                     "POST",
                                     "/sim/inbound",
                                     {{"From", "+14155552671"},
                                      {"To", "+15005550006"},
                                      {"Body", "hi \xE2\x9C\x93"},
                                      {"MediaUrl", "https://x.test/a.jpg"}});
    CHECK(stored["direction"] == "inbound");
    CHECK(stored["status"] == "received");
    const auto list = far_end.json(200, "GET", far_end.path("/Messages.json?To=%2B15005550006"));
    REQUIRE(list["messages"].size() == 1);
    CHECK(list["messages"][0] == stored);

    REQUIRE(receiver.wait_for_requests(1));
    const auto request = receiver.requests()[0];
    CHECK(request.method == method);
    const bool in_body = request.method == "POST";
    const std::string fields =
        in_body ? request.body : request.target.substr(request.target.find('?') + 1);
    CHECK(http::first(http::decode_form(fields), "Body") == "hi \xE2\x9C\x93");
    const std::string media(http::first(http::decode_form(fields), "MediaUrl0"));
    CHECK(media.starts_with(far_end.sim().url() + far_end.path("/Messages/MM")));
    CHECK(far_end.ask("GET", media.substr(far_end.sim().url().size())).status == 307);
    CHECK(is_signed(request, receiver.url(request.target), far_end.sim().auth_token()));
}

TEST_CASE("STOP blocks the pair, and START opens it again")
{
    RunningSim far_end;
    const http::Form usual{{"To", "+14155552671"}, {"From", "+15005550006"}, {"Body", "hello"}};
    const auto text_in = [&](const std::string& body) {
        far_end.json(201,
                     "POST",
                     "/sim/inbound",
                     {{"From", "+14155552671"}, {"To", "+15005550006"}, {"Body", body}});
    };
    text_in(" stop ");
    CHECK(far_end.json(400, "POST", far_end.path("/Messages.json"), usual)["code"] == 21610);
    CHECK(far_end.state()["opt_outs"].size() == 1);
    text_in("Start");
    CHECK(far_end.create(usual)["status"] == "queued");
}

TEST_CASE("an inbound text to a number that is not ours is refused")
{
    RunningSim far_end;
    far_end.json(404, "POST", "/sim/inbound", {{"From", "+14155552671"}, {"To", "+14155559999"}});
    far_end.json(400, "POST", "/sim/inbound", {{"From", ""}, {"To", "+15005550006"}});
}
