#include "core/crypto.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"
#include "providers/twilio/client.hpp"
#include "unit/providers/twilio_far_end.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <array>
#include <set>

using namespace smsctl;
using namespace smsctl::providers;
using namespace smsctl::test;

namespace {

Outgoing outgoing()
{
    Outgoing message;
    message.from = "+15005550006";
    message.to = "+14155550123";
    message.body = "Hi & bye";
    return message;
}

const char* kind(const SubmitOutcome& outcome)
{
    constexpr std::array names{"accepted", "rejected", "not sent", "unknown"};
    return names.at(outcome.index());
}

ProviderConfig config_for(const std::string& base, Clock& clock)
{
    ProviderConfig config;
    config.account_id = account_id;
    config.secret = Secret(auth_token);
    config.api_base = base;
    config.clock = &clock;
    return config;
}

} // namespace

TEST_CASE("an answer to a create is one of four outcomes, after exactly one request")
{
    struct Row {
        const char* name;
        http::ServerResponse response;
        const char* kind;
    };
    const std::string whole = message_json().dump();
    const std::string account_message =
        R"({"sid":"AC00000000000000000000000000000001","status":"active"})";
    const http::Headers html{{"Content-Type", "text/html"}};
    const auto row = GENERATE_COPY(
        Row{"created", answer(201, whole), "accepted"},
        Row{"created, plain 200", answer(200, whole), "accepted"},
        Row{"created, truncated JSON", answer(201, whole.substr(0, 30)), "unknown"},
        Row{"created, no SID", answer(201, "{}"), "unknown"},
        Row{"created, but another's SID", answer(201, account_message), "unknown"},
        Row{"created, HTML", answer(201, "<html>", html), "unknown"},
        Row{"no content", answer(204, ""), "unknown"},
        Row{"redirect", answer(302, "", {{"Location", "http://127.0.0.1:1/"}}), "unknown"},
        Row{"bad parameter", refusal(400, 21211), "rejected"},
        Row{"bad parameter, unknown number", refusal(400, 29999), "rejected"},
        Row{"bad parameter, HTML", answer(400, "<html>", html), "rejected"},
        Row{"wrong credentials", refusal(401, 20003), "rejected"},
        Row{"forbidden", refusal(403, 20403), "rejected"},
        Row{"no such account", refusal(404, 20404), "rejected"},
        Row{"timeout of a proxy", answer(408, ""), "unknown"},
        Row{"too many requests", refusal(429, 20429), "not sent"},
        Row{"too many requests, HTML", answer(429, "<html>", html), "not sent"},
        Row{"queue full", refusal(429, 21611), "not sent"},
        Row{"server error", refusal(500, 20500), "unknown"},
        Row{"bad gateway", answer(502, "", html), "unknown"},
        Row{"unavailable, HTML", answer(503, "<html>503</html>", html), "unknown"});
    DYNAMIC_SECTION(row.name)
    {
        FakeClock clock;
        FarEnd far_end({row.response});
        twilio::Client client("twilio", far_end.config(clock));
        CHECK(kind(submit(client, outgoing())) == std::string(row.kind));
        CHECK(far_end.requests().size() == 1);
    }
}

TEST_CASE("a create sends a form, signed in with the account's token")
{
    FakeClock clock;
    FarEnd far_end({answer(201, message_json().dump())});
    twilio::Client client("twilio", far_end.config(clock));
    Outgoing message = outgoing();
    message.media_urls = {"https://e.example/1.png", "https://e.example/2.png"};
    message.status_callback = "https://e.example/status?ref=1";
    message.validity = std::chrono::seconds(60);
    const auto outcome = submit(client, message);
    REQUIRE(std::holds_alternative<Accepted>(outcome));
    CHECK(std::get<Accepted>(outcome).message.provider_id == message_id);
    CHECK(std::get<Accepted>(outcome).message.status == sms::Status::queued);

    const auto requests = far_end.requests();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].method == "POST");
    CHECK(requests[0].target == "/2010-04-01/Accounts/" + account_id + "/Messages.json");
    CHECK(http::header(requests[0].headers, "Content-Type") == "application/x-www-form-urlencoded");
    CHECK(http::header(requests[0].headers, "Authorization") ==
          "Basic " + crypto::base64(account_id + ":" + auth_token));
    CHECK(http::decode_form(requests[0].body) ==
          http::Form{{"To", "+14155550123"},
                     {"From", "+15005550006"},
                     {"Body", "Hi & bye"},
                     {"MediaUrl", "https://e.example/1.png"},
                     {"MediaUrl", "https://e.example/2.png"},
                     {"StatusCallback", "https://e.example/status?ref=1"},
                     {"ValidityPeriod", "60"}});
}

TEST_CASE("an API key signs in, and the account stays in the path")
{
    FakeClock clock;
    FarEnd far_end({answer(201, message_json().dump())});
    ProviderConfig config = far_end.config(clock);
    config.api_key_id = "SK1";
    twilio::Client client("twilio", config);
    submit(client, outgoing());
    const auto requests = far_end.requests();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].target == "/2010-04-01/Accounts/" + account_id + "/Messages.json");
    CHECK(http::header(requests[0].headers, "Authorization") ==
          "Basic " + crypto::base64("SK1:" + auth_token));
}

TEST_CASE("an answer says how many requests the account runs, or nothing that is a number")
{
    struct Row {
        const char* said;
        std::optional<int> count;
    };
    const auto row = GENERATE(Row{"37", 37},
                              Row{"", {}},
                              Row{"many", {}},
                              Row{"-1", {}},
                              Row{"0", {}},
                              Row{"9999999999", {}});
    CAPTURE(row.said);
    http::ServerResponse refused = answer(429, R"({"code":20429,"message":"no","status":429})");
    refused.headers.emplace_back("Twilio-Concurrent-Requests", row.said);
    FakeClock clock;
    FarEnd far_end({refused});
    twilio::Client client("twilio", far_end.config(clock));
    const auto submitter = client.submitter();
    submitter->start(1, outgoing());
    const auto submitted = submitter->wait({});
    REQUIRE(submitted.size() == 1);
    CHECK(submitted.front().account_in_flight == row.count);
}

TEST_CASE("a schedule needs a service, or no request leaves")
{
    FakeClock clock;
    FarEnd far_end({answer(201, message_json("scheduled").dump())});
    twilio::Client client("twilio", far_end.config(clock));
    Outgoing message = outgoing();
    message.send_at = text::parse_rfc3339("2026-03-04T09:00:00.250Z");
    SECTION("without one")
    {
        const auto outcome = submit(client, message);
        REQUIRE(std::holds_alternative<Rejected>(outcome));
        CHECK(std::get<Rejected>(outcome).error.fault.code == 35118);
        CHECK(far_end.requests().empty());
    }
    SECTION("with one")
    {
        message.from.clear();
        message.messaging_service_id = "MG1";
        CHECK(std::holds_alternative<Accepted>(submit(client, message)));
        const http::Form form = http::decode_form(far_end.requests().at(0).body);
        CHECK(http::first(form, "ScheduleType") == "fixed");
        CHECK(http::first(form, "SendAt") == "2026-03-04T09:00:00Z");
        CHECK(http::first(form, "MessagingServiceSid") == "MG1");
        CHECK_FALSE(http::contains(form, "From"));
    }
}

TEST_CASE("a refusal is explained with number, meaning and advice")
{
    FakeClock clock;
    FarEnd far_end({refusal(400, 21610, "The message From/To pair violates a blacklist rule.")});
    twilio::Client client("twilio", far_end.config(clock));
    const auto outcome = submit(client, outgoing());
    REQUIRE(std::holds_alternative<Rejected>(outcome));
    const ProviderError& error = std::get<Rejected>(outcome).error;
    CHECK(error.fault.provider == "twilio");
    CHECK(error.fault.code == 21610);
    CHECK(error.fault.http == 400);
    CHECK(error.fault.request_id == "RQ1");
    CHECK(error.message == "The message From/To pair violates a blacklist rule");
    CHECK(error.meaning == "the recipient opted out");
    CHECK(error.retry == Retry::never);
}

TEST_CASE("a 429 says how long to wait")
{
    struct Row {
        const char* name;
        int code;
        const char* retry_after;
        std::optional<Millis> wait;
    };
    FakeClock clock(*text::parse_rfc3339("2026-03-02T10:11:12Z"));
    const auto row =
        GENERATE_COPY(Row{"in seconds", 20429, "7", Millis(7000)},
                      Row{"as a date", 20429, "Mon, 02 Mar 2026 10:11:42 GMT", Millis(30000)},
                      Row{"as a date gone by", 20429, "Mon, 02 Mar 2026 10:11:00 GMT", Millis(0)},
                      Row{"negative", 20429, "-5", Millis(0)},
                      Row{"as nonsense", 20429, "soon", std::nullopt},
                      Row{"not at all", 20429, "", std::nullopt},
                      Row{"not at all, with the queue full", 21611, "", Millis(60000)},
                      Row{"in seconds, with the queue full", 21611, "600", Millis(600000)});
    DYNAMIC_SECTION(row.name)
    {
        http::ServerResponse response = refusal(429, row.code);
        if (*row.retry_after != '\0')
            response.headers.emplace_back("Retry-After", row.retry_after);
        FarEnd far_end({response});
        twilio::Client client("twilio", far_end.config(clock));
        const auto outcome = submit(client, outgoing());
        REQUIRE(std::holds_alternative<NotSent>(outcome));
        CHECK(std::get<NotSent>(outcome).retry_after == row.wait);
        CHECK(std::get<NotSent>(outcome).error.retry == Retry::later);
    }
}

TEST_CASE("a connection that dies over a create leaves it unknown and unrepeated")
{
    struct Row {
        const char* name;
        RawAnswer dying;
    };
    const auto row =
        GENERATE(Row{"closed without an answer", {"", RawAnswer::Then::close}},
                 Row{"reset without an answer", {"", RawAnswer::Then::reset}},
                 Row{"closed within the headers",
                     {"HTTP/1.1 201 Created\r\nContent-Le", RawAnswer::Then::close}},
                 Row{"closed within the body",
                     {"HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{\"sid\":\"SM",
                      RawAnswer::Then::close}});
    DYNAMIC_SECTION(row.name)
    {
        const std::string body = message_json().dump();
        const RawAnswer good{
            fmt::format("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
                        "Content-Length: {}\r\n\r\n{}",
                        body.size(),
                        body),
            RawAnswer::Then::keep};
        RawServer server(
            [&](std::size_t index, const std::string&) { return index == 0 ? good : row.dying; });
        FakeClock clock;
        const auto submitter =
            twilio::Client("twilio", config_for(server.url("/"), clock)).submitter();
        // The second goes over the kept connection, where libcurl would repeat it by itself.
        CHECK(kind(submit(*submitter, outgoing())) == std::string("accepted"));
        const auto outcome = submit(*submitter, outgoing());
        REQUIRE(std::holds_alternative<Unknown>(outcome));
        CHECK_FALSE(std::get<Unknown>(outcome).reason.empty());
        CHECK(server.requests().size() == 2);
    }
}

TEST_CASE("of 10,000 creates with every fiftieth answer lost each arrives once")
{
    constexpr std::size_t creates = 10'000;
    constexpr std::size_t lost_one_in = 50;
    const auto sid = [](std::size_t index) { return fmt::format("SM{:032x}", index); };
    RawServer server([&](std::size_t index, const std::string&) {
        if (index % lost_one_in == lost_one_in - 1)
            return RawAnswer{"", index % 4 == 1 ? RawAnswer::Then::close : RawAnswer::Then::reset};
        const std::string body = fmt::format(R"({{"sid":"{}","status":"queued"}})", sid(index));
        return RawAnswer{
            fmt::format("HTTP/1.1 201 Created\r\nContent-Length: {}\r\n\r\n{}", body.size(), body),
            RawAnswer::Then::keep};
    });
    FakeClock clock;
    const auto submitter = twilio::Client("twilio", config_for(server.url("/"), clock)).submitter();
    std::size_t accepted = 0;
    std::size_t unknown = 0;
    Outgoing message = outgoing();
    for (std::size_t i = 0; i < creates; ++i) {
        message.body = fmt::format("number-{}-", i);
        const auto outcome = submit(*submitter, message);
        accepted += std::holds_alternative<Accepted>(outcome) ? 1 : 0;
        unknown += std::holds_alternative<Unknown>(outcome) ? 1 : 0;
    }
    CHECK(unknown == creates / lost_one_in);
    CHECK(accepted == creates - unknown);
    const auto requests = server.requests();
    CHECK(requests.size() == creates);
    std::set<std::string> bodies;
    for (const std::string& request : requests)
        bodies.insert(request.substr(request.find("Body=")));
    CHECK(bodies.size() == creates);
    CHECK(server.connections() <= 2 * unknown + 1); // the others went over kept ones
}

TEST_CASE("what a far end says in other bytes than UTF-8 is made readable")
{
    FakeClock clock;
    FarEnd far_end({answer(
        400, "<html>", {{"Content-Type", "text/\xff\xfe"}, {"Twilio-Request-Id", "RQ\xff"}})});
    twilio::Client client("twilio", far_end.config(clock));
    const auto outcome = submit(client, outgoing());
    REQUIRE(std::holds_alternative<Rejected>(outcome));
    const ProviderError& error = std::get<Rejected>(outcome).error;
    CHECK(text::is_utf8(error.message));
    CHECK(text::is_utf8(error.fault.request_id));
}

TEST_CASE("a refused connection was certainly not sent")
{
    FakeClock clock;
    twilio::Client client("twilio",
                          config_for(fmt::format("http://127.0.0.1:{}", closed_port()), clock));
    const auto outcome = submit(client, outgoing());
    REQUIRE(std::holds_alternative<NotSent>(outcome));
    CHECK(std::get<NotSent>(outcome).error.fault.http == 0);
    CHECK(std::get<NotSent>(outcome).error.retry == Retry::later);
    CHECK_FALSE(std::get<NotSent>(outcome).retry_after);
}
