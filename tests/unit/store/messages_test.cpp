#include "core/error.hpp"
#include "store/messages.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace smsctl;
using std::chrono::hours;
using test::error_of;
using test::noon;
using test::TestStore;

namespace {

sms::Message stored(TestStore& store, const std::function<void(sms::Message&)>& change)
{
    sms::Message message = test::make_message();
    change(message);
    return test::store_message(store.scope, message);
}

template <typename Field, typename Value>
store::MessageQuery where(Field store::MessageQuery::*field, Value value)
{
    store::MessageQuery query;
    query.*field = value;
    return query;
}

} // namespace

TEST_CASE("a stored message comes back whole")
{
    TestStore store;
    const auto sent = stored(store, [](sms::Message& message) {
        message.body = std::string("Grüße \0 \xF0\x9F\x98\x80", 14);
        message.media = {{"https://example.com/a.png", "image/png"}, {"https://example.com/b", ""}};
        message.provider_id = "SM1";
        message.price = Money{7900, "USD"};
        message.failure = sms::Failure{"30003", "unreachable"};
        message.key = "order-42";
        message.tag = "spring";
        message.messaging_service_id = "MG1";
        message.encoding = sms::Encoding::ucs2;
        message.status = sms::Status::undelivered;
        message.attempts = 2;
        message.sent_at = noon + hours(1);
    });
    const auto found = store::Messages(store.scope).by_provider_id("SM1");
    REQUIRE(found);
    CHECK(found->row == sent.row);
    CHECK(found->id == sent.id);
    CHECK(found->body == sent.body);
    REQUIRE(found->media.size() == 2);
    CHECK(found->media[0].content_type == "image/png");
    CHECK(found->media[1].url == "https://example.com/b");
    CHECK(found->price->micros == 7900);
    CHECK(found->price->currency == "USD");
    CHECK(found->failure->code == "30003");
    CHECK(found->encoding == sms::Encoding::ucs2);
    CHECK(found->status == sms::Status::undelivered);
    CHECK(found->messaging_service_id == "MG1");
    CHECK(found->tag == "spring");
    CHECK(found->attempts == 2);
    CHECK(found->sent_at == noon + hours(1));
    CHECK_FALSE(found->delivered_at);
    CHECK(found->created_at == noon);
    CHECK(found->conversation_id == sent.conversation_id);
    CHECK(store::Messages(store.scope).by_key("order-42")->row == sent.row);
}

TEST_CASE("an update writes what may change and nothing else")
{
    TestStore store;
    auto message = stored(store, [](sms::Message& made) {
        made.from.clear();
        made.messaging_service_id = "MG1";
    });
    store::Messages messages(store.scope);
    message.from = test::our_number;
    message.to = "+15559999";
    message.status = sms::Status::delivered;
    message.provider_id = "SM5";
    message.price = Money{8300, "USD"};
    message.delivered_at = noon + hours(2);
    message.processed = true;
    message.chat_id = "chat";
    message.response_id = "SM6";
    message.seq = 9;
    messages.update(message);
    const auto read = messages.by_row(message.row);
    CHECK(read->from == test::our_number);
    CHECK(read->to == test::their_number);
    CHECK(read->status == sms::Status::delivered);
    CHECK(read->provider_id == "SM5");
    CHECK(read->price->micros == 8300);
    CHECK(read->delivered_at == noon + hours(2));
    CHECK(read->processed);
    CHECK(read->chat_id == "chat");
    CHECK(read->response_id == "SM6");
    CHECK(read->seq == 9);
    CHECK_FALSE(read->failure);
    message.from = "+15557777";
    messages.update(message);
    CHECK(messages.by_row(message.row)->from == test::our_number);
    messages.replace_media(message.row, {{"https://example.com/c", "image/gif"}});
    CHECK(messages.by_row(message.row)->media.front().content_type == "image/gif");
    message.row += 1000;
    CHECK(error_of([&] { messages.update(message); }).exit() == Exit::not_found);
}

TEST_CASE("a key or provider id is one message's only")
{
    TestStore store;
    stored(store, [](sms::Message& message) { message.key = "k"; });
    stored(store, [](sms::Message& message) { message.provider_id = "SM1"; });
    CHECK(error_of([&] { stored(store, [](sms::Message& m) { m.key = "k"; }); }).code() ==
          "internal.constraint");
    CHECK(error_of([&] { stored(store, [](sms::Message& m) { m.provider_id = "SM1"; }); }).code() ==
          "internal.constraint");
}

TEST_CASE("a reference is an id, a provider id or an unambiguous beginning")
{
    TestStore store;
    store::Messages messages(store.scope);
    for (int i = 0; i < 12; ++i)
        stored(store, [&](sms::Message& message) {
            message.id = "msg_" + std::string(1, static_cast<char>('a' + i)) + "0000";
            message.provider_id = (i < 11 ? "SMaa" : "SMbb") + std::to_string(i);
        });
    CHECK(messages.resolve("msg_a0000").provider_id == "SMaa0");
    CHECK(messages.resolve("SMaa1").id == "msg_b0000"); // exact, though SMaa10 begins like it
    CHECK(messages.resolve("SMbb").id == "msg_l0000");
    CHECK(messages.resolve("msg_c").id == "msg_c0000");
    for (const char* const none : {"", "SM", "SMb", "msg_x", "SMaa%", "\xff\xff\xff\xff", "zzzz"})
        CHECK(error_of([&] { messages.resolve(none); }).exit() == Exit::not_found);
    const Error error = error_of([&] { messages.resolve("SMaa"); });
    CHECK(error.code() == "usage.ambiguous");
    CHECK_THAT(error.what(), Catch::Contains("msg_a0000") && Catch::Contains("…"));
    CHECK_THAT(error.what(), !Catch::Contains("msg_k0000"));
}

TEST_CASE("a listing holds what was asked for, newest first")
{
    TestStore store;
    store::Messages messages(store.scope);
    stored(store, [](sms::Message& message) {
        message.body = "in";
        message.direction = sms::Direction::inbound;
        message.status = sms::Status::received;
        message.processed = true;
        std::swap(message.from, message.to);
        message.created_at = noon + hours(3);
    });
    stored(store, [](sms::Message& message) {
        message.body = "other";
        message.to = "+15550101";
        message.from = "+15550198";
        message.tag = "spring";
        message.created_at = noon + hours(1);
    });
    const auto first = stored(store, [](sms::Message& message) { message.body = "first"; });
    struct Row {
        const char* what;
        store::MessageQuery query;
        std::vector<std::string> bodies;
    };
    using Query = store::MessageQuery;
    auto several = where(&Query::direction, sms::Direction::outbound);
    several.with = test::their_number;
    several.since = noon;
    several.limit = 5;
    for (const Row& row :
         {Row{"all", Query{}, {"in", "other", "first"}},
          Row{"inbound", where(&Query::direction, sms::Direction::inbound), {"in"}},
          Row{"by status", where(&Query::status, sms::Status::planned), {"other", "first"}},
          Row{"not processed", where(&Query::processed, false), {"other", "first"}},
          Row{"with somebody", where(&Query::with, test::their_number), {"in", "first"}},
          Row{"our number", where(&Query::our_address, test::our_number), {"in", "first"}},
          Row{"a conversation",
              where(&Query::conversation_row, first.conversation_row),
              {"in", "first"}},
          Row{"tagged", where(&Query::tag, "spring"), {"other"}},
          Row{"since", where(&Query::since, noon + hours(1)), {"in", "other"}},
          Row{"until", where(&Query::until, noon + hours(1)), {"first"}},
          Row{"limited", where(&Query::limit, 2), {"in", "other"}},
          Row{"several at once", several, {"first"}}}) {
        INFO(row.what);
        std::vector<std::string> bodies;
        for (const auto& message : messages.list(row.query))
            bodies.push_back(message.body);
        CHECK(bodies == row.bodies);
        if (row.query.limit == 0)
            CHECK(messages.count(row.query) == static_cast<std::int64_t>(row.bodies.size()));
    }
}

TEST_CASE("open messages are those the provider has and has not settled")
{
    TestStore store;
    const auto with = [&](sms::Status status, const std::string& provider_id, hours age) {
        return stored(store, [&](sms::Message& message) {
            message.status = status;
            message.provider_id = provider_id;
            message.created_at = noon - age;
        });
    };
    const auto sent = with(sms::Status::sent, "SM1", hours(2));
    const auto queued = with(sms::Status::queued, "SM2", hours(3));
    with(sms::Status::delivered, "SM3", hours(2));
    with(sms::Status::planned, "", hours(2));
    with(sms::Status::sent, "SM4", hours(0));
    with(sms::Status::sent, "SM5", hours(100));
    const auto doubtful = with(sms::Status::in_doubt, "", hours(2));
    store::Messages messages(store.scope);
    const auto open = messages.open(noon - hours(72), noon - hours(1), 0);
    REQUIRE(open.size() == 2);
    CHECK(open[0].row == queued.row);
    CHECK(open[1].row == sent.row);
    CHECK(messages.open(noon - hours(72), noon - hours(1), 1).size() == 1);
    REQUIRE(messages.in_doubt().size() == 1);
    CHECK(messages.in_doubt().front().row == doubtful.row);
    CHECK_NOTHROW(messages.set_polled(sent.row, noon));
}

TEST_CASE("what is open is found through the index of what is open")
{
    TestStore store;
    auto plan = store.database.connection().prepare(
        "EXPLAIN QUERY PLAN SELECT 1 FROM messages m WHERE m.workspace_id = $1 AND m.is_open = 1 "
        "AND m.created_at >= $2");
    REQUIRE(plan.step());
    CHECK_THAT(plan.text(3), Catch::Contains("messages_open"));
}

TEST_CASE("a message is open until it is final, whoever moves it")
{
    TestStore store;
    store::Messages messages(store.scope);
    const auto is_open = [&](const sms::Message& message) {
        auto statement =
            store.database.connection().prepare("SELECT is_open FROM messages WHERE id = $1");
        statement.bind(1, message.row).step();
        return statement.boolean(0);
    };
    sms::Message message = test::store_message(store.scope, test::make_message());
    CHECK(is_open(message));
    message.status = sms::Status::queued;
    REQUIRE(messages.settle_submit(message));
    CHECK(is_open(message));
    message.status = sms::Status::delivered;
    messages.update(message);
    CHECK_FALSE(is_open(message));
    sms::Message refused = test::store_message(store.scope, test::make_message());
    refused.status = sms::Status::rejected;
    REQUIRE(messages.settle_submit(refused));
    CHECK_FALSE(is_open(refused));
}

TEST_CASE("spending counts the price where it is known and segments where it is not")
{
    TestStore store;
    const auto cost = [&](sms::Status status, std::optional<std::int64_t> micros, int segments) {
        stored(store, [&](sms::Message& message) {
            message.status = status;
            message.segments = segments;
            if (micros)
                message.price = Money{*micros, "USD"};
        });
    };
    cost(sms::Status::delivered, 7900, 1);
    cost(sms::Status::undelivered, std::nullopt, 2);
    cost(sms::Status::planned, std::nullopt, 3);
    cost(sms::Status::in_doubt, std::nullopt, 1);
    for (const auto free :
         {sms::Status::rejected, sms::Status::blocked, sms::Status::failed, sms::Status::canceled})
        cost(free, std::nullopt, 10);
    store::Messages messages(store.scope);
    CHECK(messages.spent_micros(noon, 1000) == 7900 + 6000);
    CHECK(messages.spent_micros(noon + hours(1), 1000) == 0);
}
