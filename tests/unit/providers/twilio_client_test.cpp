#include "providers/twilio/client.hpp"
#include "unit/providers/twilio_far_end.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace smsctl::providers;
using namespace smsctl::test;
using nlohmann::json;

TEST_CASE("a message that Twilio does not know is nothing")
{
    FakeClock clock;
    FarEnd far_end({refusal(404, 20404)});
    CHECK_FALSE(twilio::Client("twilio", far_end.config(clock)).fetch(message_id));
    CHECK(far_end.requests().size() == 1);
}

TEST_CASE("one number is asked for by its id, and what takes its messages is told")
{
    FakeClock clock;
    json number = number_json();
    number["sms_application_sid"] = "AP1";
    FarEnd far_end({answer(200, number.dump()), refusal(404, 20404)});
    twilio::Client client("twilio", far_end.config(clock));
    const auto found = client.fetch_number("PN1");
    REQUIRE(found);
    CHECK(found->address == "+15005550006");
    CHECK(found->application_id == "AP1");
    CHECK_FALSE(client.fetch_number("PN2"));
    const auto requests = far_end.requests();
    CHECK(requests[0].method == "GET");
    CHECK(requests[0].target == account_path + "/IncomingPhoneNumbers/PN1.json");
}

TEST_CASE("a number's settings are changed one by one, and cleared by empty values")
{
    FakeClock clock;
    FarEnd far_end({refusal(503, 20503), answer(200, number_json().dump())});
    twilio::Client client("twilio", far_end.config(clock));
    const NumberChange change{.webhook_url = "", .webhook_method = {}, .friendly_name = "Desk"};
    CHECK(client.update_number("PN1", change).address == "+15005550006");
    const auto requests = far_end.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[1].method == "POST");
    CHECK(requests[1].target == account_path + "/IncomingPhoneNumbers/PN1.json");
    CHECK(requests[1].body == "SmsUrl=&FriendlyName=Desk");
}

TEST_CASE("a cancel counts when the message is canceled, by whichever try")
{
    FakeClock clock;
    SECTION("at once")
    {
        FarEnd far_end({answer(200, message_json("canceled").dump())});
        twilio::Client client("twilio", far_end.config(clock));
        CHECK(client.cancel(message_id).status == sms::Status::canceled);
        CHECK(far_end.requests().at(0).body == "Status=canceled");
    }
    SECTION("before, though the answer was lost")
    {
        FarEnd far_end({{200, {}, "", http::HangUp::reset},
                        refusal(409, 30409),
                        answer(200, message_json("canceled").dump())});
        twilio::Client client("twilio", far_end.config(clock));
        CHECK(client.cancel(message_id).status == sms::Status::canceled);
    }
    SECTION("too late")
    {
        FarEnd far_end({refusal(409, 30409), answer(200, message_json("sent").dump())});
        twilio::Client client("twilio", far_end.config(clock));
        CHECK(error_from([&] { client.cancel(message_id); }).code() == "provider.rejected");
    }
    SECTION("no such message")
    {
        FarEnd far_end({refusal(404, 20404)});
        twilio::Client client("twilio", far_end.config(clock));
        CHECK(error_from([&] { client.cancel(message_id); }).code() == "not_found.message");
    }
}

TEST_CASE("a redaction posts an empty body")
{
    FakeClock clock;
    FarEnd far_end({answer(200, message_json("delivered").dump())});
    CHECK(twilio::Client("twilio", far_end.config(clock)).redact(message_id).provider_id ==
          message_id);
    CHECK(far_end.requests().at(0).body == "Body=");
}

TEST_CASE("media have addresses at our base")
{
    FakeClock clock;
    FarEnd far_end({answer(
        200,
        page("media_list",
             json::array({{{"uri", "/2010/Media/ME1.json"}, {"content_type", "image/png"}}})))});
    const auto media = twilio::Client("twilio", far_end.config(clock)).media(message_id);
    REQUIRE(media.size() == 1);
    CHECK(media[0].url == far_end.server().url("/2010/Media/ME1"));
    CHECK(far_end.requests().at(0).target ==
          account_path + "/Messages/" + message_id + "/Media.json?PageSize=1000");
}

TEST_CASE("a balance is nothing where the account has none of its own")
{
    struct Row {
        const char* name;
        std::vector<http::ServerResponse> answers;
        const char* outcome; ///< an amount, "none", or an error code
    };
    const auto row =
        GENERATE_COPY(Row{"there", {answer(200, R"({"balance":"-1.5","currency":"USD"})")}, "-1.5"},
                      Row{"subaccount, 404", {refusal(404, 20404)}, "none"},
                      Row{"subaccount, 403", {refusal(403, 20006)}, "none"},
                      Row{"key that may not",
                          {refusal(401, 20003), answer(200, page("messages", json::array()))},
                          "none"},
                      Row{"wrong credentials", {refusal(401, 20003)}, "auth.refused"},
                      Row{"nonsense", {answer(200, "<html>", html)}, "provider.unavailable"});
    DYNAMIC_SECTION(row.name)
    {
        FakeClock clock;
        FarEnd far_end(row.answers);
        twilio::Client client("twilio", far_end.config(clock));
        std::string outcome;
        try {
            const auto balance = client.balance();
            outcome = balance ? decimal(balance->micros) : "none";
        } catch (const Error& error) {
            outcome = error.code();
        }
        CHECK(outcome == row.outcome);
    }
}

TEST_CASE("the account is read, and one nobody knows is a matter of credentials")
{
    FakeClock clock;
    SECTION("there")
    {
        FarEnd far_end({answer(200, R"({"sid":"AC1","friendly_name":"Main","status":"active"})")});
        CHECK(twilio::Client("twilio", far_end.config(clock)).account().name == "Main");
        CHECK(far_end.requests().at(0).target == account_path + ".json");
    }
    SECTION("unknown")
    {
        FarEnd far_end({refusal(404, 20404)});
        twilio::Client client("twilio", far_end.config(clock));
        const Error error = error_from([&] { client.check_credentials(); });
        CHECK(error.exit() == Exit::auth);
        CHECK(far_end.requests().at(0).target == account_path + "/Messages.json?PageSize=1");
    }
}
