#include "core/time_text.hpp"
#include "providers/twilio/payload.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace smsctl;
namespace twilio = smsctl::providers::twilio;
using nlohmann::json;

namespace {

const std::string message_sid = "SM" + std::string(32, 'a');

json message_answer()
{
    return {{"sid", message_sid},
            {"account_sid", "AC" + std::string(32, '1')},
            {"api_version", "2010-04-01"},
            {"direction", "outbound-api"},
            {"status", "sent"},
            {"to", "+14155550123"},
            {"from", "+15005550006"},
            {"body", "Hello"},
            {"num_segments", "2"},
            {"num_media", "0"},
            {"messaging_service_sid", nullptr},
            {"price", "-0.00790"},
            {"price_unit", "usd"},
            {"error_code", nullptr},
            {"error_message", nullptr},
            {"date_created", "Tue, 03 Mar 2026 10:15:30 +0000"},
            {"date_updated", "Tue, 03 Mar 2026 10:15:32 +0000"},
            {"date_sent", nullptr},
            {"uri", "/2010-04-01/x.json"},
            {"tags", {{"new", "field"}}}};
}

json number_answer()
{
    return {{"sid", "PN" + std::string(32, 'b')},
            {"phone_number", "+15005550006"},
            {"friendly_name", "(500) 555-0006"},
            {"capabilities", {{"voice", true}, {"sms", true}, {"mms", false}, {"fax", false}}},
            {"sms_url", "https://example.com/sms"},
            {"sms_method", "GET"},
            {"date_created", "Tue, 03 Mar 2026 10:15:30 +0000"}};
}

} // namespace

TEST_CASE("a message answer is read field by field")
{
    const auto message = twilio::read_message(message_answer().dump());
    REQUIRE(message);
    CHECK(message->provider_id == message_sid);
    CHECK(message->direction == sms::Direction::outbound);
    CHECK(message->status_word == "sent");
    CHECK(message->status == sms::Status::sent);
    CHECK(message->from == "+15005550006");
    CHECK(message->to == "+14155550123");
    CHECK(message->messaging_service_id.empty());
    CHECK(message->body == "Hello");
    CHECK(message->segments == 2);
    CHECK(message->media_count == 0);
    REQUIRE(message->price);
    CHECK(message->price->micros == 7900);
    CHECK(message->price->currency == "USD");
    CHECK_FALSE(message->failure);
    REQUIRE(message->created_at);
    CHECK(text::rfc3339(*message->created_at) == "2026-03-03T10:15:30.000Z");
    CHECK_FALSE(message->sent_at);
    CHECK(json::parse(message->payload) == message_answer());
}

TEST_CASE("a message answer is read whatever its fields look like")
{
    struct Row {
        const char* name;
        json change;
        void (*check)(const providers::RemoteMessage&);
    };
    using Message = providers::RemoteMessage;
    const auto row = GENERATE(
        Row{"numbers as numbers",
            {{"num_segments", 3}, {"num_media", 1}, {"price", -0.0079}},
            [](const Message& m) {
                CHECK(m.segments == 3);
                CHECK(m.media_count == 1);
                CHECK((m.price && m.price->micros == 7900));
            }},
        Row{"counts that are none",
            {{"num_segments", "many"}, {"num_media", "-4"}},
            [](const Message& m) {
                CHECK(m.segments == 0);
                CHECK(m.media_count == 0);
            }},
        Row{"sender not chosen yet",
            {{"from", nullptr}, {"num_segments", "0"}, {"messaging_service_sid", "MG1"}},
            [](const Message& m) {
                CHECK(m.from.empty());
                CHECK(m.segments == 0);
                CHECK(m.messaging_service_id == "MG1");
            }},
        Row{"not billed yet", {{"price", nullptr}}, [](const Message& m) { CHECK_FALSE(m.price); }},
        Row{"free of charge",
            {{"price", "0.00000"}},
            [](const Message& m) { CHECK((m.price && m.price->micros == 0)); }},
        Row{"price that is none",
            {{"price", "cheap"}},
            [](const Message& m) { CHECK_FALSE(m.price); }},
        Row{"price without a currency",
            {{"price_unit", nullptr}},
            [](const Message& m) { CHECK_FALSE(m.price); }},
        Row{"failed with a text",
            {{"status", "failed"}, {"error_code", 30003}, {"error_message", "Unreachable"}},
            [](const Message& m) {
                REQUIRE(m.failure);
                CHECK(m.failure->code == "30003");
                CHECK(m.failure->text == "Unreachable");
            }},
        Row{"failed without a text takes our meaning",
            {{"status", "undelivered"}, {"error_code", 30005}},
            [](const Message& m) {
                REQUIRE(m.failure);
                CHECK(m.failure->text == "the number is unknown or gone");
            }},
        Row{"failed with a code nobody knows",
            {{"error_code", "39999"}},
            [](const Message& m) {
                REQUIRE(m.failure);
                CHECK(m.failure->code == "39999");
                CHECK(m.failure->text.empty());
            }},
        Row{"inbound",
            {{"direction", "inbound"}, {"status", "receiving"}},
            [](const Message& m) {
                CHECK(m.direction == sms::Direction::inbound);
                CHECK(m.status == sms::Status::received);
            }},
        Row{"reply",
            {{"direction", "outbound-reply"}},
            [](const Message& m) { CHECK(m.direction == sms::Direction::outbound); }},
        Row{"status word of the future",
            {{"status", "teleported"}},
            [](const Message& m) {
                CHECK_FALSE(m.status);
                CHECK(m.status_word == "teleported");
            }},
        Row{"our own status word is not Twilio's",
            {{"status", "in_doubt"}},
            [](const Message& m) { CHECK_FALSE(m.status); }},
        Row{"deprecated status word",
            {{"status", "partially_delivered"}},
            [](const Message& m) { CHECK(m.status == sms::Status::delivered); }},
        Row{"objects where texts belong",
            {{"body", {{"a", 1}}}, {"date_created", json::array()}},
            [](const Message& m) {
                CHECK(m.body.empty());
                CHECK_FALSE(m.created_at);
            }});
    DYNAMIC_SECTION(row.name)
    {
        json answer = message_answer();
        answer.update(row.change);
        const auto message = twilio::read_message(answer.dump());
        REQUIRE(message);
        row.check(*message);
    }
}

/// `object` with one more field, `depth` lists deep.
std::string nested(const std::string& object, std::size_t depth)
{
    return object.substr(0, object.size() - 1) + ",\"x\":" + std::string(depth, '[') +
           std::string(depth, ']') + "}";
}

TEST_CASE("brackets within texts are no nesting")
{
    auto object = message_answer();
    object["body"] = std::string(1000, '[') + "\\\"{" + std::string(1000, '{');
    const auto message = twilio::read_message(nested(object.dump(), 60));
    REQUIRE(message);
    CHECK(message->body == object["body"].get<std::string>());
}

TEST_CASE("what is no message is not read as one")
{
    const std::string whole = message_answer().dump();
    const auto text = GENERATE_COPY(std::string(),
                                    std::string("<html>503</html>"),
                                    std::string("[]"),
                                    std::string("null"),
                                    std::string("{}"),
                                    std::string(R"({"sid":null})"),
                                    std::string(R"({"sid":""})"),
                                    whole.substr(0, whole.size() / 2),
                                    whole.substr(0, whole.size() - 1),
                                    std::string("{\"sid\":\"SM\xff\"}"),
                                    nested(whole, 1'000'000),
                                    nested(whole, 64));
    CAPTURE(text);
    CHECK_FALSE(twilio::read_message(text));
}

TEST_CASE("a page of messages carries its items and the next address")
{
    const json answer{{"messages", {message_answer(), message_answer()}},
                      {"next_page_uri", "/2010-04-01/next"},
                      {"end", 1}};
    const auto page = twilio::read_message_page(answer.dump());
    REQUIRE(page);
    CHECK(page->items.size() == 2);
    CHECK(page->next == "/2010-04-01/next");
}

TEST_CASE("a page is read whole or not at all")
{
    struct Row {
        const char* name;
        json answer;
        bool readable;
    };
    const auto row = GENERATE(
        Row{"empty last page", {{"messages", json::array()}, {"next_page_uri", nullptr}}, true},
        Row{"no list", {{"next_page_uri", nullptr}}, false},
        Row{"list of another kind", {{"calls", json::array()}}, false},
        Row{"an item without a SID", {{"messages", {message_answer(), json::object()}}}, false});
    DYNAMIC_SECTION(row.name)
    {
        const auto page = twilio::read_message_page(row.answer.dump());
        CHECK(page.has_value() == row.readable);
        if (page) {
            CHECK(page->next.empty());
        }
    }
}

TEST_CASE("a number is read with null and empty both meaning unset")
{
    struct Row {
        const char* name;
        json change;
        std::string url;
        std::string method;
        sms::Capabilities capabilities;
    };
    const sms::Capabilities usual{.sms = true, .mms = false, .voice = true};
    const auto row = GENERATE_COPY(
        Row{"all set", json::object(), "https://example.com/sms", "GET", usual},
        Row{"empty", {{"sms_url", ""}, {"sms_method", ""}}, "", "POST", usual},
        Row{"null", {{"sms_url", nullptr}, {"sms_method", nullptr}}, "", "POST", usual},
        Row{"capabilities as a list",
            {{"capabilities", {"SMS", "MMS"}}},
            "https://example.com/sms",
            "GET",
            {.sms = true, .mms = true, .voice = false}},
        Row{"no capabilities",
            {{"capabilities", nullptr}},
            "https://example.com/sms",
            "GET",
            sms::Capabilities{}});
    DYNAMIC_SECTION(row.name)
    {
        json answer = number_answer();
        answer.update(row.change);
        const auto number = twilio::read_number(answer.dump());
        REQUIRE(number);
        CHECK(number->provider_id == "PN" + std::string(32, 'b'));
        CHECK(number->address == "+15005550006");
        CHECK(number->friendly_name == "(500) 555-0006");
        CHECK(number->webhook_url == row.url);
        CHECK(number->webhook_method == row.method);
        CHECK(number->capabilities == row.capabilities);
    }
}

TEST_CASE("account, balance and media are read")
{
    const auto account = twilio::read_account(
        R"({"sid":"AC1","friendly_name":"Main","status":"active","type":"Full","auth_token":"x"})");
    REQUIRE(account);
    CHECK(account->account_id == "AC1");
    CHECK(account->name == "Main");
    CHECK(account->status == "active");
    CHECK(account->type == "Full");

    const auto balance = twilio::read_balance(R"({"balance":"-12.50","currency":"USD"})");
    REQUIRE(balance);
    CHECK(balance->micros == -12'500'000);
    CHECK_FALSE(twilio::read_balance(R"({"balance":null,"currency":"USD"})"));

    const auto media = twilio::read_media_page(
        R"({"media_list":[{"uri":"/x/Media/ME1.json","content_type":"image/png"}]})");
    REQUIRE(media);
    REQUIRE(media->items.size() == 1);
    CHECK(media->items[0].url == "/x/Media/ME1");
    CHECK(media->items[0].content_type == "image/png");
}

TEST_CASE("an error body is read where there is one")
{
    struct Row {
        const char* name;
        const char* body;
        std::optional<int> code;
        const char* message;
    };
    const auto row =
        GENERATE(Row{"as documented", R"({"code":21211,"message":"no","status":400})", 21211, "no"},
                 Row{"code as text", R"({"code":"20003","message":"no"})", 20003, "no"},
                 Row{"no code", R"({"code":null,"message":"no"})", std::nullopt, "no"},
                 Row{"HTML", "<html>bad gateway</html>", std::nullopt, ""},
                 Row{"nothing", "", std::nullopt, ""},
                 Row{"truncated", R"({"code":20429,"mess)", std::nullopt, ""});
    DYNAMIC_SECTION(row.name)
    {
        const twilio::ErrorBody error = twilio::read_error(row.body);
        CHECK(error.code == row.code);
        CHECK(error.message == row.message);
    }
}

TEST_CASE("a page of calls is read, whoever called and however far they came")
{
    const auto page = twilio::read_call_page(R"({"calls": [
        {"sid": "CA1", "direction": "inbound", "from": "+14155552671", "to": "+14155550100",
         "status": "completed", "duration": "75", "price": "-0.02800", "price_unit": "usd",
         "date_created": "Tue, 03 Mar 2026 10:15:30 +0000",
         "start_time": "Tue, 03 Mar 2026 10:15:31 +0000",
         "end_time": "Tue, 03 Mar 2026 10:16:46 +0000", "parent_call_sid": null},
        {"sid": "CA2", "direction": "outbound-dial", "from": null, "to": "+14155552672",
         "status": "queued", "duration": null, "price": null, "price_unit": "USD",
         "date_created": null, "start_time": null, "end_time": null, "parent_call_sid": "CA1"}],
        "next_page_uri": "/next"})");
    REQUIRE(page);
    CHECK(page->next == "/next");
    REQUIRE(page->items.size() == 2);
    const sms::Call& ended = page->items[0];
    CHECK(ended.direction == sms::Direction::inbound);
    CHECK(ended.duration == std::chrono::seconds(75));
    CHECK(ended.price->micros == 28'000);
    CHECK(ended.price->currency == "USD");
    CHECK(ended.ended_at.value() - ended.started_at.value() == std::chrono::seconds(75));
    const sms::Call& queued = page->items[1];
    CHECK(queued.direction == sms::Direction::outbound);
    CHECK(queued.from.empty());
    CHECK(queued.parent_provider_id == "CA1");
    CHECK(queued.created_at == Instant());
    CHECK_FALSE(queued.duration);
    CHECK_FALSE(queued.price);
    CHECK_FALSE(twilio::read_call_page(R"({"calls": [{"status": "completed"}]})"));
}

TEST_CASE("a SID is two capitals and 32 hex digits")
{
    CHECK(twilio::is_sid(message_sid));
    CHECK(twilio::is_sid("MM0123456789ABCDEFabcdef0123456789"));
    CHECK_FALSE(twilio::is_sid("hello"));
    CHECK_FALSE(twilio::is_sid("sm" + std::string(32, 'a')));
    CHECK_FALSE(twilio::is_sid("SM" + std::string(31, 'a') + "g"));
    CHECK_FALSE(twilio::is_sid("SM" + std::string(33, 'a')));
}
