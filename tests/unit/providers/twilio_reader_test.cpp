#include "core/time_text.hpp"
#include "providers/twilio/client.hpp"
#include "unit/providers/twilio_far_end.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace smsctl::providers;
using namespace smsctl::test;
using nlohmann::json;

namespace {

ReadOutcome read(Reader& reader, const MessageRead& asked)
{
    reader.start(7, asked);
    auto answers = reader.wait({});
    REQUIRE(answers.size() == 1);
    REQUIRE(answers.front().ticket == 7);
    CHECK(reader.in_flight() == 0);
    return std::move(answers.front().outcome);
}

MessageRead lookup()
{
    MessageRead asked;
    asked.what = MessageRead::What::message;
    asked.provider_id = message_id;
    return asked;
}

} // namespace

TEST_CASE("a reader asks by the second where it is told to, and once")
{
    FakeClock clock;
    FarEnd far_end({answer(200, page("messages", json::array({message_json("sent")})))});
    const auto reader = twilio::Client("twilio", far_end.config(clock)).reader();
    MessageRead asked;
    asked.filter.sent_after = text::parse_rfc3339("2026-03-02T10:00:00.500Z");
    asked.filter.sent_before = text::parse_rfc3339("2026-03-02T11:00:00Z");
    asked.filter.to_the_second = true;
    const ReadOutcome outcome = read(*reader, asked);
    CHECK(std::get<MessagePage>(outcome).messages.size() == 1);
    REQUIRE(far_end.requests().size() == 1);
    CHECK(far_end.requests()[0].target == account_path +
                                              "/Messages.json?DateSent%3E=2026-03-02T10%3A00%3A00Z&"
                                              "DateSent%3C=2026-03-02T11%3A00%3A00Z&PageSize=1000");
}

TEST_CASE("what a reader is answered is a value, and nothing is repeated")
{
    FakeClock clock;
    SECTION("no such message")
    {
        FarEnd far_end({refusal(404, 20404)});
        const auto reader = twilio::Client("twilio", far_end.config(clock)).reader();
        const ReadOutcome outcome = read(*reader, lookup());
        CHECK_FALSE(std::get<std::optional<RemoteMessage>>(outcome));
    }
    SECTION("slow down")
    {
        http::ServerResponse response = refusal(429, 20429);
        response.headers.emplace_back("Retry-After", "7");
        FarEnd far_end({response});
        const auto reader = twilio::Client("twilio", far_end.config(clock)).reader();
        const ReadOutcome outcome = read(*reader, lookup());
        const auto& not_now = std::get<NotNow>(outcome);
        CHECK(not_now.too_fast);
        CHECK(not_now.retry_after == Millis(7000));
        CHECK(not_now.error.code() == "provider.rate_limited");
        CHECK(not_now.error.hint().ends_with("Twilio asks to wait 7 s"));
    }
    SECTION("an outage, a proxy's page, half an answer")
    {
        const auto response =
            GENERATE(refusal(503, 20503), answer(200, "<html>", html), answer(200, R"({"sid)"));
        FarEnd far_end({response});
        const auto reader = twilio::Client("twilio", far_end.config(clock)).reader();
        const ReadOutcome outcome = read(*reader, lookup());
        CHECK_FALSE(std::get<NotNow>(outcome).too_fast);
        CHECK(far_end.requests().size() == 1);
    }
    SECTION("credentials that are refused")
    {
        FarEnd far_end({refusal(401, 20003)});
        const auto reader = twilio::Client("twilio", far_end.config(clock)).reader();
        const ReadOutcome outcome = read(*reader, lookup());
        CHECK(std::get<Error>(outcome).code() == "auth.refused");
        CHECK(std::string(std::get<Error>(outcome).what()).find(auth_token) == std::string::npos);
    }
}
