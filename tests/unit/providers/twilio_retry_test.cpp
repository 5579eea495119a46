#include "providers/twilio/client.hpp"
#include "unit/providers/twilio_far_end.hpp"

#include <catch2/catch.hpp>

#include <stop_token>

using namespace smsctl;
using namespace smsctl::providers;
using namespace smsctl::test;
using nlohmann::json;

TEST_CASE("a read that meets something passing comes again, four times at most")
{
    struct Row {
        const char* name;
        std::vector<http::ServerResponse> answers;
        std::size_t requests;
        const char* code; ///< empty: it works out
    };
    const std::string whole = message_json("sent").dump();
    const auto ok = answer(200, whole);
    const auto down = answer(503, "<html>503</html>", html);
    const auto row = GENERATE_COPY(
        Row{"at once", {ok}, 1, ""},
        Row{"after one 503", {down, ok}, 2, ""},
        Row{"after 429, 500 and 503", {refusal(429, 20429), refusal(500, 20500), down, ok}, 4, ""},
        Row{"after a truncated answer", {answer(200, whole.substr(0, 20)), ok}, 2, ""},
        Row{"after a dropped connection", {{200, {}, "", http::HangUp::reset}, ok}, 2, ""},
        Row{"never: 503", {down}, 4, "provider.unavailable"},
        Row{"never: 429", {refusal(429, 20429)}, 4, "provider.rate_limited"},
        Row{"never: truncated", {answer(200, whole.substr(0, 20))}, 4, "provider.unavailable"},
        Row{"never: HTML", {answer(200, "<html>", html)}, 4, "provider.unavailable"},
        Row{"never: redirect", {answer(302, "", {{"Location", "/x"}})}, 4, "provider.unavailable"},
        Row{"refused: bad request", {refusal(400, 20422)}, 1, "provider.rejected"},
        Row{"refused: credentials", {refusal(401, 20003)}, 1, "auth.refused"},
        Row{"refused: forbidden", {refusal(403, 20008)}, 1, "auth.refused"});
    DYNAMIC_SECTION(row.name)
    {
        FakeClock clock;
        const Instant start = clock.now();
        FarEnd far_end(row.answers);
        twilio::Client client("twilio", far_end.config(clock));
        if (*row.code == '\0') {
            const auto message = client.fetch(message_id);
            REQUIRE(message);
            CHECK(message->status == sms::Status::sent);
        } else {
            const Error error = error_from([&] { client.fetch(message_id); });
            CHECK(error.code() == row.code);
            CHECK_FALSE(error.hint().empty());
            REQUIRE(error.provider());
            CHECK(error.provider()->provider == "twilio");
        }
        CHECK(far_end.requests().size() == row.requests);
        CHECK(far_end.requests().at(0).target ==
              account_path + "/Messages/" + message_id + ".json");
        CHECK(clock.now() - start <= Millis(500 + 1000 + 2000));
    }
}

TEST_CASE("errors of reads carry the exit code and what Twilio's support asks for")
{
    struct Row {
        const char* name;
        http::ServerResponse response;
        Exit exit;
        const char* what;
    };
    const auto row = GENERATE(
        Row{"refused",
            refusal(400, 21481, "Bad page token."),
            Exit::rejected,
            "Twilio refused the request: the page token is not valid (21481: Bad page token)"},
        Row{"unknown number",
            refusal(400, 29999, "New."),
            Exit::rejected,
            "Twilio refused the request: 29999: New"},
        Row{"credentials",
            refusal(401, 20003, "Authenticate"),
            Exit::auth,
            "Twilio refused the credentials: wrong credentials, or no right to do this (20003: "
            "Authenticate)"},
        Row{"HTML page",
            answer(503, "<html>secret page</html>", html),
            Exit::unavailable,
            "Twilio gives no usable answer: Twilio is not available (HTTP 503 with text/html)"},
        Row{"truncated",
            answer(200, "{\"sid\":"),
            Exit::unavailable,
            "Twilio gives no usable answer: the answer cannot be read (HTTP 200 with "
            "application/json, 7 bytes)"});
    DYNAMIC_SECTION(row.name)
    {
        FakeClock clock;
        FarEnd far_end({row.response});
        twilio::Client client("twilio", far_end.config(clock));
        const Error error = error_from([&] { client.fetch(message_id); });
        CHECK(error.exit() == row.exit);
        CHECK(error.what() == std::string(row.what));
        CHECK(error.provider()->http == row.response.status);
        CHECK(error.provider()->request_id ==
              http::header(row.response.headers, "Twilio-Request-Id"));
    }
}

TEST_CASE("Retry-After is obeyed, and a very long one is told")
{
    FakeClock clock;
    const Instant start = clock.now();
    http::ServerResponse slow = refusal(429, 20429);
    SECTION("some seconds")
    {
        slow.headers.emplace_back("Retry-After", "42");
        FarEnd far_end({slow, answer(200, message_json().dump())});
        CHECK(twilio::Client("twilio", far_end.config(clock)).fetch(message_id));
        CHECK(clock.now() - start == Millis(42'000));
    }
    SECTION("an hour")
    {
        slow.headers.emplace_back("Retry-After", "3600");
        FarEnd far_end({slow});
        twilio::Client client("twilio", far_end.config(clock));
        const Error error = error_from([&] { client.fetch(message_id); });
        CHECK(error.hint().find("wait 3600 s") != std::string::npos);
        CHECK(far_end.requests().size() == 1);
    }
}

TEST_CASE("a stop ends the waiting between tries")
{
    FakeClock clock;
    FarEnd far_end({refusal(503, 20503)});
    std::stop_source stop;
    stop.request_stop();
    ProviderConfig config = far_end.config(clock);
    config.stop = stop.get_token();
    twilio::Client client("twilio", config);
    CHECK(error_from([&] { client.fetch(message_id); }).exit() == Exit::unavailable);
    CHECK(far_end.requests().size() == 1);
}

TEST_CASE("a network that is not there makes a read unavailable")
{
    FakeClock clock;
    ProviderConfig config;
    config.account_id = account_id;
    config.secret = Secret(auth_token);
    config.api_base = "http://127.0.0.1:" + std::to_string(closed_port());
    config.clock = &clock;
    twilio::Client client("twilio", config);
    const Error error = error_from([&] { client.check_credentials(); });
    CHECK(error.code() == "provider.unavailable");
    CHECK(error.provider()->http == 0);
}
