#include "core/error.hpp"
#include "core/id.hpp"
#include "store/event_log.hpp"
#include "store/replies.hpp"
#include "store/reply_rules.hpp"
#include "store/templates.hpp"
#include "support/builders.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace std::chrono_literals;
using test::noon;
using test::TestStore;

namespace {

store::ReplyRule
add_rule(store::Scope& scope, std::vector<std::string> keywords, const std::string& text = "yes")
{
    store::ReplyRule rule;
    rule.id = new_id("rpl", noon);
    rule.keywords = std::move(keywords);
    rule.text = text;
    rule.created_at = noon;
    store::ReplyRules(scope).insert(rule);
    return rule;
}

sms::Event add_event(store::Scope& scope, const sms::Message& message)
{
    sms::Event event;
    event.source = sms::EventSource::callback;
    event.message_row = message.row;
    event.created_at = noon;
    store::EventLog(scope).append(event);
    return event;
}

/// A reply to somebody, `rule`'s, `at` that time.
store::GivenReply give(store::Scope& scope, const std::string& rule, Instant at)
{
    const sms::Message inbound = test::store_message(scope, test::make_message("?"));
    const sms::Message reply = test::store_message(scope, test::make_message("!"));
    store::GivenReply given;
    given.event_seq = add_event(scope, inbound).seq;
    given.message_row = reply.row;
    given.rule = rule;
    given.address = test::their_number;
    given.idempotency_token = "token";
    given.created_at = at;
    store::Replies(scope).add(given);
    return given;
}

} // namespace

TEST_CASE("a rule is found by each of its keywords, by its id, and gone once removed")
{
    TestStore store;
    const store::ReplyRule rule = add_rule(store.scope, {"hours", "opening hours"});
    const store::ReplyRule any = add_rule(store.scope, {}, "thanks");
    store::ReplyRules rules(store.scope);
    CHECK(rules.of_keyword("opening hours")->id == rule.id);
    CHECK(rules.of_keyword("opening hours")->keywords == rule.keywords);
    CHECK(rules.of_keyword("")->id == any.id);
    CHECK(rules.of_keyword("")->keywords.empty());
    CHECK_FALSE(rules.of_keyword("opening"));
    CHECK(rules.resolve("HOURS", "hours").id == rule.id);
    CHECK(rules.resolve(any.id, "x").id == any.id);
    CHECK(rules.list(0).size() == 2);
    CHECK(rules.list(1).size() == 1);
    CHECK(rules.count() == 2);
    rules.remove(rule);
    CHECK_FALSE(rules.of_keyword("hours"));
    CHECK_THROWS_AS(rules.resolve(rule.id, "x"), Error);
    CHECK_THROWS_AS(rules.remove(rule), Error);
}

TEST_CASE("a rule says what its template says now, and a template in use stays")
{
    TestStore store;
    store::StoredTemplate text{
        .id = "tpl_1", .name = "open", .body = "9 to 5", .created_at = noon, .updated_at = noon};
    store::Templates templates(store.scope);
    templates.insert(text);
    store::ReplyRule rule;
    rule.id = new_id("rpl", noon);
    rule.keywords = {"hours"};
    rule.template_row = text.row;
    store::ReplyRules rules(store.scope);
    rules.insert(rule);
    text.body = "10 to 6";
    templates.update(text);
    CHECK(rules.of_keyword("hours")->text == "10 to 6");
    CHECK(rules.of_keyword("hours")->template_name == "open");
    CHECK(rules.of_template(text.row)->id == rule.id);
    CHECK_THROWS_AS(templates.remove(text), Error);
    rules.remove(rule);
    templates.remove(text);
}

TEST_CASE("rules and replies of another workspace are neither seen nor used")
{
    TestStore store;
    store::Scope other = store.database.scope(store.add_workspace("other"));
    store::StoredTemplate theirs{
        .id = "tpl_1", .name = "open", .body = "x", .created_at = noon, .updated_at = noon};
    store::Templates(other).insert(theirs);
    const store::ReplyRule rule = add_rule(other, {"hours"});
    store::ReplyRules ours(store.scope);
    CHECK_FALSE(ours.of_keyword("hours"));
    CHECK(ours.list(0).empty());
    CHECK_THROWS_AS(ours.remove(rule), Error);
    CHECK_THROWS_AS(ours.resolve(rule.id, "hours"), Error);
    add_rule(store.scope, {"hours"}); // the same word, our own
    store::ReplyRule stolen;
    stolen.id = "rpl_x";
    stolen.template_row = theirs.row;
    CHECK_THROWS_AS(ours.insert(stolen), Error);

    const store::GivenReply given = give(other, "", noon);
    store::Replies replies(store.scope);
    CHECK_FALSE(replies.has(given.message_row));
    CHECK(replies.count(test::their_number, "", noon - 1h, noon - 1h).in_all == 0);
    CHECK_THROWS_AS(replies.add(given), Error);
}

TEST_CASE("replies are counted by rule and in all, each since its own time; withheld ones are not")
{
    TestStore store;
    give(store.scope, "rpl_a", noon - 2h);
    give(store.scope, "rpl_a", noon);
    const store::GivenReply given = give(store.scope, "rpl_b", noon);
    store::Replies replies(store.scope);
    store::GivenReply withheld = given;
    withheld.event_seq =
        add_event(store.scope, test::store_message(store.scope, test::make_message())).seq;
    withheld.message_row = 0;
    withheld.withheld = "too soon";
    replies.add(withheld);

    const auto count = replies.count(test::their_number, "rpl_a", noon - 1h, noon - 24h);
    CHECK(count.by_rule == 1);
    CHECK(count.in_all == 3);
    CHECK(replies.count(test::our_number, "rpl_a", noon - 1h, noon - 24h).in_all == 0);
    CHECK(replies.has(given.message_row));

    store::EventQuery newest_first;
    newest_first.newest_first = true;
    const auto events = store::EventLog(store.scope).list(newest_first);
    REQUIRE(events.size() == 4);
    REQUIRE(events[0].reply);
    CHECK(events[0].reply->withheld == "too soon");
    CHECK(events[0].reply->message_id.empty());
    REQUIRE(events[1].reply);
    CHECK(events[1].reply->rule == "rpl_b");
    CHECK(events[1].reply->message_id.starts_with("msg_"));
}
