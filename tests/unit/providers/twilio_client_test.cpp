#include "core/crypto.hpp"
#include "core/text.hpp"
#include "providers/registry.hpp"
#include "providers/twilio/client.hpp"
#include "unit/providers/twilio_far_end.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <stop_token>

using namespace smsctl;
using namespace smsctl::providers;
using namespace smsctl::test;
using nlohmann::json;

namespace {

const std::string account_path = "/2010-04-01/Accounts/" + account_id;
const http::Headers html{{"Content-Type", "text/html; charset=utf-8"}};

std::string page(const char* list, const json& items, const json& next = nullptr)
{
    return json{{list, items}, {"next_page_uri", next}, {"page", 0}}.dump();
}

/// The error that `act` throws; fails the test when it throws none.
Error error_from(const std::function<void()>& act)
{
    try {
        act();
    } catch (const Error& error) {
        return error;
    }
    throw std::runtime_error("nothing was thrown");
}

} // namespace

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
        Row{"after a dropped connection", {{200, {}, "", true}, ok}, 2, ""},
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

TEST_CASE("a message that Twilio does not know is nothing")
{
    FakeClock clock;
    FarEnd far_end({refusal(404, 20404)});
    CHECK_FALSE(twilio::Client("twilio", far_end.config(clock)).fetch(message_id));
    CHECK(far_end.requests().size() == 1);
}

TEST_CASE("a list asks by whole days and returns what lies between")
{
    FakeClock clock;
    json early = message_json("delivered");
    early["date_sent"] = "Mon, 02 Mar 2026 08:00:00 +0000";
    json late = early;
    late["date_sent"] = "Mon, 02 Mar 2026 20:00:00 +0000";
    json inside = early;
    inside["date_sent"] = "Mon, 02 Mar 2026 10:00:00 +0000";
    const std::string second = account_path + "/Messages.json?PageSize=500&Page=1&PageToken=PASM1";
    FarEnd far_end(
        {answer(200, page("messages", json::array({late, inside, early, message_json()}), second)),
         answer(200, page("messages", json::array()))});
    twilio::Client client("twilio", far_end.config(clock));
    MessageFilter filter;
    filter.to = "+14155550123";
    filter.from = "+15005550006";
    filter.sent_after = text::parse_rfc3339("2026-03-02T10:00:00.500Z");
    filter.sent_before = text::parse_rfc3339("2026-03-02T19:59:59Z");
    filter.page_size = 5000;

    const MessagePage first = client.list_messages(filter, "");
    REQUIRE(first.messages.size() == 2);
    CHECK(first.messages[0].sent_at == text::parse_rfc3339("2026-03-02T10:00:00Z"));
    CHECK_FALSE(first.messages[1].sent_at);
    CHECK(first.next == second);

    const MessagePage last = client.list_messages(filter, first.next);
    CHECK(last.messages.empty());
    CHECK(last.next.empty());

    const auto requests = far_end.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].target == account_path +
                                    "/Messages.json?To=%2B14155550123&From=%2B15005550006"
                                    "&DateSent%3E=2026-03-02&DateSent%3C=2026-03-03&PageSize=1000");
    CHECK(requests[1].target == second);
}

TEST_CASE("the next page is asked of our own base, whatever host an answer names")
{
    struct Row {
        const char* name;
        std::string next;
        std::string target; ///< empty: refused
    };
    const auto row =
        GENERATE(Row{"path", "/2010-04-01/p?Page=1", "/2010-04-01/p?Page=1"},
                 Row{"absolute", "https://evil.example/p?Page=1", "/p?Page=1"},
                 Row{"another host by slashes", "//evil.example/p", "//evil.example/p"},
                 Row{"another host by user info", "@evil.example/p", ""},
                 Row{"another scheme", "file:///etc/passwd", ""});
    DYNAMIC_SECTION(row.name)
    {
        FakeClock clock;
        FarEnd far_end({answer(200, page("messages", json::array({message_json()}), row.next)),
                        answer(200, page("messages", json::array()))});
        twilio::Client client("twilio", far_end.config(clock));
        const auto walk = [&] { client.list_messages({}, client.list_messages({}, "").next); };
        if (row.target.empty()) {
            CHECK(error_from(walk).code() == "provider.unavailable");
            CHECK(far_end.requests().size() == 1);
        } else {
            walk();
            CHECK(far_end.requests().at(1).target == row.target);
        }
    }
}

TEST_CASE("pages that go round in a circle end in an error")
{
    FakeClock clock;
    const std::string same = account_path + "/IncomingPhoneNumbers.json?Page=1";
    FarEnd far_end(
        {answer(200, page("incoming_phone_numbers", json::array({number_json()}), same))});
    twilio::Client client("twilio", far_end.config(clock));
    CHECK(error_from([&] { client.list_numbers(); }).code() == "provider.unavailable");
    CHECK(far_end.requests().size() == 2);
}

TEST_CASE("numbers are listed over all pages")
{
    FakeClock clock;
    const std::string next = account_path + "/IncomingPhoneNumbers.json?Page=1";
    FarEnd far_end(
        {answer(200,
                page("incoming_phone_numbers", json::array({number_json("+15005550006")}), next)),
         answer(200,
                page("incoming_phone_numbers",
                     json::array({number_json("+15005550007")}),
                     next + "x")),
         answer(200, page("incoming_phone_numbers", json::array()))});
    const auto numbers = twilio::Client("twilio", far_end.config(clock)).list_numbers();
    REQUIRE(numbers.size() == 2);
    CHECK(numbers[0].address == "+15005550006");
    CHECK(numbers[1].address == "+15005550007");
    CHECK(far_end.requests().at(0).target ==
          account_path + "/IncomingPhoneNumbers.json?PageSize=1000");
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
        FarEnd far_end({{200, {}, "", true},
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

TEST_CASE("no secret is in an error or a trace, even when the far end repeats it")
{
    FakeClock clock;
    const std::string basic = crypto::base64(account_id + ":" + auth_token);
    const auto echo = GENERATE_COPY(auth_token, basic);
    http::ServerResponse response = refusal(400, 29999, "you sent " + echo + " and " + echo);
    response.headers.emplace_back("Twilio-Request-Id", echo);
    FarEnd far_end({response});
    std::string seen;
    ProviderConfig config = far_end.config(clock);
    config.trace = [&](std::string_view line) { seen += std::string(line) + "\n"; };
    twilio::Client client("twilio", config);

    MessageFilter filter;
    filter.to = "+14155550123";
    const Error error = error_from([&] { client.list_messages(filter, ""); });
    seen += error.what() + error.hint() + error.provider()->request_id;
    Outgoing message;
    message.to = "+14155550123";
    message.body = "s3cret text";
    const auto outcome = client.submit(message);
    const ProviderError& refused = std::get<Rejected>(outcome).error;
    seen += refused.message + refused.meaning + refused.advice;

    CHECK(seen.find("> GET /2010") != std::string::npos);
    CHECK(seen.find("%2Bxxxxxxxxx23") != std::string::npos);
    CHECK(seen.find(auth_token) == std::string::npos);
    CHECK(seen.find(basic) == std::string::npos);
    CHECK(seen.find("14155550123") == std::string::npos);
    CHECK(seen.find("s3cret text") == std::string::npos);
}

TEST_CASE("a trace shows the last two digits of a number and leaves SIDs alone")
{
    struct Row {
        const char* name;
        std::string line;
        std::string masked;
    };
    const auto row = GENERATE_COPY(
        Row{"escaped plus", "To=%2B14155550123&x=1", "To=%2Bxxxxxxxxx23&x=1"},
        Row{"lower-case escape", "To=%2b14155550123", "To=%2bxxxxxxxxx23"},
        Row{"plain", "from +14155550123 to 15005550006", "from +xxxxxxxxx23 to xxxxxxxxx06"},
        Row{"SID of digits", "/" + account_id + "/x", "/" + account_id + "/x"},
        Row{"hash", "a1234567890b 12345678f", "a1234567890b 12345678f"},
        Row{"short numbers", "PageSize=1000 127.0.0.1:41234", "PageSize=1000 127.0.0.1:41234"});
    DYNAMIC_SECTION(row.name)
    {
        CHECK(twilio::mask_numbers(row.line) == row.masked);
    }
}

TEST_CASE("providers are known by name, and the simulator needs an address")
{
    FakeClock clock;
    ProviderConfig config;
    config.clock = &clock;
    config.account_id = account_id;
    CHECK(names().size() == 2);
    CHECK(make_provider("twilio", config) != nullptr);
    CHECK(error_from([&] { make_provider("sim", config); }).code() == "usage.api_base");
    config.api_base = "127.0.0.1:1";
    CHECK(error_from([&] { make_provider("sim", config); }).code() == "usage.api_base");
    config.api_base = "http://127.0.0.1:1/";
    CHECK(make_provider("sim", config) != nullptr);
    CHECK(error_from([&] { make_provider("carrier-pigeon", config); }).code() == "usage.provider");
    CHECK(error_from([] { webhooks("carrier-pigeon"); }).exit() == Exit::usage);
    CHECK(recognise({"POST", {}, {{"X-Twilio-Signature", "x"}}, ""}) == &webhooks("sim"));
    CHECK(recognise({"POST", {}, {}, "a=b"}) == nullptr);
}
