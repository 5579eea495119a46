#include "core/id.hpp"
#include "store/conversations.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"
#include "store/opt_outs.hpp"
#include "store/reply_rules.hpp"
#include "store/templates.hpp"
#include "store/workspaces.hpp"
#include "support/builders.hpp"
#include "support/fake_clock.hpp"
#include "webhook/replier.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace smsctl;
using namespace std::chrono_literals;
using webhook::ReplyAnswer;

namespace {

http::ServerRequest request_with(const std::string& token)
{
    http::ServerRequest request;
    request.method = "POST";
    request.target = "/hook?x=1";
    request.headers = {{"Host", "sms.example"}};
    if (!token.empty())
        request.headers.emplace_back("I-Twilio-Idempotency-Token", token);
    return request;
}

/// A workspace that gets texts, and the last event of one.
struct House : test::TestStore {
    std::string add(std::vector<std::string> keywords, const std::string& text)
    {
        store::ReplyRule rule;
        rule.id = new_id("rpl", clock.now());
        rule.keywords = std::move(keywords);
        rule.text = text;
        rule.created_at = clock.now();
        store::ReplyRules(scope).insert(rule);
        return rule.id;
    }
    std::optional<ReplyAnswer> get(const std::string& body,
                                   const std::string& from = test::their_number,
                                   const std::string& token = "")
    {
        return get_again(fmt::format("SM{}", ++texts), body, from, token);
    }
    std::optional<ReplyAnswer> get_again(const std::string& id,
                                         const std::string& body,
                                         const std::string& from,
                                         const std::string& token)
    {
        providers::InboundMessage inbound;
        inbound.provider_id = id;
        inbound.from = from;
        inbound.to = test::our_number;
        inbound.body = body;
        inbound.keyword = keyword.value_or(sms::keyword(body));
        store::Scope fresh = database.scope(workspace);
        auto applied =
            updates::Updates(fresh, clock).apply(inbound, sms::EventSource::callback, "raw");
        auto answer = replier->answer(fresh, inbound, applied, request_with(token), clock.now());
        event = store::EventLog(fresh).by_id(applied.event.id).value();
        return answer;
    }
    /// What is said to a text; empty for nothing.
    std::string said(const std::string& body, const std::string& from = test::their_number)
    {
        const auto answer = get(body, from);
        return answer ? answer->message.body : "";
    }
    void set(const std::string& name, const std::string& value)
    {
        workspace.settings[name] = value;
    }

    std::optional<webhook::Replier> replier{std::in_place, webhook::ReplyOptions(), ""};
    test::FakeClock clock;
    std::optional<sms::Keyword> keyword; ///< as the provider says
    sms::Event event;
    int texts = 0;
};

} // namespace

TEST_CASE("the rule for the whole text comes before its first word's, then listen's, then any")
{
    House house;
    house.add({}, "any");
    house.add({"hours"}, "first word");
    house.add({"hours today"}, "whole");
    CHECK(house.said("Hours TODAY?", "+14155550001") == "whole");
    CHECK(house.said("hours tomorrow", "+14155550001") == "first word");
    CHECK(house.said("else", "+14155550001") == "any");
    house.replier.emplace(webhook::ReplyOptions{.text = "own", .template_name = {}}, "");
    CHECK(house.said("else", "+14155550002") == "own");
    CHECK(house.event.reply->rule.empty());
    CHECK(house.said("hours", "+14155550002") == "first word");
}

TEST_CASE("a reply is a message of the conversation, in doubt, and in the answer")
{
    House house;
    const std::string rule =
        house.add({"hours"}, "{{name|friend}}, {{keyword}} for {{from}}: <9 & 5>");
    const auto answer = house.get("Hours");
    REQUIRE(answer);
    CHECK(answer->response.status == 200);
    CHECK(answer->response.body.find("friend, hours for +15550100: &lt;9 &amp; 5&gt;") !=
          std::string::npos);
    CHECK(answer->response.body.find("http://sms.example/hook?smsctl-reply=" +
                                     answer->message.id) != std::string::npos);
    REQUIRE(house.event.reply);
    CHECK(house.event.reply->message_id == answer->message.id);
    CHECK(house.event.reply->rule == rule);
    const auto stored = store::Messages(house.scope).by_id(answer->message.id);
    REQUIRE(stored);
    CHECK(stored->status == sms::Status::in_doubt);
    CHECK(stored->from == test::our_number);
    CHECK(stored->to == test::their_number);
    CHECK(stored->segments == 1);
    const auto conversation = store::Conversations(house.scope).by_row(stored->conversation_row);
    CHECK(conversation->message_count == 2);
    CHECK(conversation->unread_count == 1);
}

TEST_CASE("rules are heeded that another process changes meanwhile")
{
    House house;
    CHECK(house.said("hours") == "");
    CHECK_FALSE(house.event.reply);
    store::Database elsewhere = house.reopen();
    store::Scope scope = elsewhere.scope(house.workspace);
    store::ReplyRule rule;
    rule.id = "rpl_1";
    rule.keywords = {"hours"};
    rule.text = "9 to 5";
    store::ReplyRules(scope).insert(rule);
    CHECK(house.said("hours") == "9 to 5");
    store::ReplyRules(scope).remove(rule);
    house.clock.step(1h);
    CHECK(house.said("hours") == "");
}

TEST_CASE("nothing is said to opt-out words, by the provider's word or ours, nor logged as a reply")
{
    House house;
    house.add({}, "any");
    for (const std::string body : {"STOP", " start ", "Help", "Stop!", "STOP."}) {
        CHECK(house.said(body) == "");
        CHECK_FALSE(house.event.reply);
    }
    house.keyword = sms::Keyword::stop; // the provider's own list has it
    CHECK(house.said("ARRET") == "");
}

TEST_CASE("a reply is withheld, and the event says why")
{
    House house;
    house.add({}, "any");
    house.add({"long"}, std::string(200, 'x'));
    const auto why = [&house] { return house.event.reply ? house.event.reply->withheld : "none"; };

    store::OptOuts(house.scope).add("+14155550001", test::our_number, "STOP", house.clock.now());
    CHECK(house.said("Hello", "+14155550001") == "");
    CHECK(why().find("opted out") != std::string::npos);
    store::OptOuts(house.scope).add("+14155550002", "", "asked", house.clock.now());
    CHECK(house.said("Hello", "+14155550002") == "");
    CHECK(why().find("opted out") != std::string::npos);

    sms::Number ours = test::make_number("+14155550003");
    store::Numbers(house.scope).insert(ours);
    CHECK(house.said("Hello", "+14155550003") == "");
    CHECK(why().find("number of ours") != std::string::npos);

    house.set("segment-price", "1.00");
    house.set("daily-cap", "0.50");
    CHECK(house.said("Hello", "+14155550004") == "");
    CHECK(why().find("daily-cap") != std::string::npos);
    house.workspace.settings.clear();
    CHECK(house.said("Hello", "+14155550004") == "any");

    house.set("max-segments", "1");
    CHECK(house.said("long", "+14155550005") == "");
    CHECK(why().find("segments") != std::string::npos);
}

TEST_CASE("two machines that answer each other fall silent")
{
    House house;
    house.add({}, "any");
    house.add({"hours"}, "9 to 5");
    CHECK(house.said("Hello") == "any");
    CHECK(house.said("Hello") == "");
    CHECK(house.event.reply->withheld.find("reply-pause") != std::string::npos);
    CHECK(house.said("hours") == "9 to 5");              // another rule
    CHECK(house.said("Hello", "+14155550001") == "any"); // another sender
    house.clock.step(59s);
    CHECK(house.said("Hello") == "");
    house.clock.step(2s);
    CHECK(house.said("Hello") == "any");

    int given = 3;
    for (int i = 0; i < 40; ++i) {
        house.clock.step(2min);
        given += house.said("Hello").empty() ? 0 : 1;
    }
    CHECK(given == 20);
    CHECK(house.event.reply->withheld.find("reply-limit") != std::string::npos);
    house.clock.step(24h);
    CHECK(house.said("Hello") == "any");

    house.set("reply-pause", "1h");
    house.clock.step(59min);
    CHECK(house.said("Hello") == "");
    house.set("reply-limit", "1");
    house.clock.step(2min);
    CHECK(house.said("Hello") == "");
}

TEST_CASE("a webhook that comes again is answered again only as another attempt at its delivery")
{
    House house;
    house.add({}, "any");
    const auto first = house.get_again("SM1", "Hello", test::their_number, "token");
    REQUIRE(first);
    CHECK_FALSE(house.get_again("SM1", "Hello", test::their_number, "other"));
    CHECK_FALSE(house.get_again("SM1", "Hello", test::their_number, ""));
    const auto again = house.get_again("SM1", "Hello", test::their_number, "token");
    REQUIRE(again);
    CHECK(again->message.id == first->message.id);
    CHECK(again->response.body == first->response.body);
    store::MessageQuery ours;
    ours.direction = sms::Direction::outbound;
    CHECK(store::Messages(house.scope).count(ours) == 1);

    SECTION("but not to who opted out meanwhile")
    {
        store::OptOuts(house.scope).add(test::their_number, "", "STOP", house.clock.now());
        CHECK_FALSE(house.get_again("SM1", "Hello", test::their_number, "token"));
    }
    SECTION("nor once the provider has told of the reply")
    {
        providers::StatusReport report;
        report.provider_id = "SM77";
        report.status_word = "sent";
        report.status = sms::Status::sent;
        report.to = test::their_number;
        webhook::Replier::adopt(house.scope, report, "/hook?smsctl-reply=" + first->message.id);
        CHECK(store::Messages(house.scope).by_provider_id("SM77")->id == first->message.id);
        CHECK_FALSE(house.get_again("SM1", "Hello", test::their_number, "token"));
    }
}

TEST_CASE("a text without a token gets no second answer")
{
    House house;
    house.add({}, "any");
    CHECK(house.get_again("SM1", "Hello", test::their_number, ""));
    CHECK_FALSE(house.get_again("SM1", "Hello", test::their_number, ""));
}

TEST_CASE("a report adopts no message but the reply it is of")
{
    House house;
    house.add({}, "any");
    const auto first = house.get("Hello");
    const sms::Message sent = test::store_message(house.scope, test::make_message());
    struct Case {
        std::string name;
        std::string message_id;
        std::string to;
    };
    const auto& row = GENERATE_COPY(values<Case>({
        {"another recipient's", first->message.id, "+14155550009"},
        {"one that is no reply", sent.id, sent.to},
        {"one that is not there", "msg_x", test::their_number},
        {"none named", "", test::their_number},
    }));
    DYNAMIC_SECTION(row.name)
    {
        providers::StatusReport report;
        report.provider_id = "SM77";
        report.to = row.to;
        webhook::Replier::adopt(house.scope, report, "/?smsctl-reply=" + row.message_id);
        CHECK_FALSE(store::Messages(house.scope).by_provider_id("SM77"));
    }
}

TEST_CASE("listen's template is each workspace's own, as it is now")
{
    House house;
    house.replier.emplace(webhook::ReplyOptions{.text = {}, .template_name = "welcome"}, "");
    CHECK(house.said("Hello") == "");
    CHECK(house.event.reply->withheld.find("no template welcome") != std::string::npos);
    store::StoredTemplate text{.id = "tpl_1",
                               .name = "welcome",
                               .body = "Hi {{name|you}}",
                               .created_at = test::noon,
                               .updated_at = test::noon};
    store::Templates(house.scope).insert(text);
    CHECK(house.said("Hello") == "Hi you");
    text.body = "Hi {{code}}";
    store::Templates(house.scope).update(text);
    house.clock.step(1h);
    CHECK(house.said("Hello") == "");
    CHECK(house.event.reply->withheld.find("code") != std::string::npos);
}
