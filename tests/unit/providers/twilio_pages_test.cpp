#include "core/time_text.hpp"
#include "providers/twilio/client.hpp"
#include "unit/providers/twilio_far_end.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace smsctl::providers;
using namespace smsctl::test;
using nlohmann::json;

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

TEST_CASE("a list ends where its messages are older than what was asked for")
{
    FakeClock clock;
    json wanted = message_json("delivered");
    wanted["date_sent"] = "Mon, 02 Mar 2026 10:00:00 +0000";
    json older = wanted;
    older["date_sent"] = "Mon, 02 Mar 2026 09:59:59 +0000";
    const std::string second = account_path + "/Messages.json?Page=1";
    const bool ends = GENERATE(true, false);
    FarEnd far_end(
        {answer(200, page("messages", json::array({wanted, ends ? older : wanted}), second))});
    MessageFilter filter;
    filter.sent_after = text::parse_rfc3339("2026-03-02T10:00:00.500Z");
    const MessagePage first =
        twilio::Client("twilio", far_end.config(clock)).list_messages(filter, "");
    CHECK(first.messages.size() == (ends ? 1 : 2));
    CHECK(first.next == (ends ? "" : second));
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
