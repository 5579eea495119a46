// Pages of listings: nothing is left out or told twice, and no page is read by passing others.
#include "store/conversations.hpp"
#include "store/messages.hpp"
#include "store/sqlite_impl.hpp"
#include "support/builders.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using test::noon;
using test::TestStore;

namespace {

sms::Message add(TestStore& store, Instant created_at, const std::string& to = test::their_number)
{
    sms::Message message = test::make_message();
    message.to = to;
    message.created_at = created_at;
    return test::store_message(store.scope, message);
}

/// How SQLite would run each statement of the connection that has `part` in it.
std::vector<std::string> plans(TestStore& store, const std::string& part)
{
    std::vector<std::string> texts;
    for (const auto& [sql, statement] : store.database.connection().impl().statements)
        if (sql.find(part) != std::string::npos)
            texts.push_back(sql);
    std::vector<std::string> steps;
    for (const std::string& sql : texts) {
        store::Statement explain = store.database.connection().prepare("EXPLAIN QUERY PLAN " + sql);
        while (explain.step())
            steps.push_back(explain.text(3));
    }
    return steps;
}

bool any_has(const std::vector<std::string>& steps, const std::string& part)
{
    return std::any_of(steps.begin(), steps.end(), [&](const std::string& step) {
        return step.find(part) != std::string::npos;
    });
}

} // namespace

TEST_CASE("pages of messages hold each once, newest first", "[pages]")
{
    TestStore store;
    constexpr int messages = 23;
    for (int i = 0; i < messages; ++i) // five each instant, as a batch has them
        add(store, noon + Millis(i / 5));
    store::Messages stored(store.scope);
    const auto all = stored.list({});
    REQUIRE(all.size() == messages);
    const int size = GENERATE(1, 2, 5, 7, 23, 50);
    DYNAMIC_SECTION(size << " a page")
    {
        store::MessageQuery query;
        query.limit = size;
        std::vector<std::int64_t> rows;
        while (true) {
            const auto page = stored.list(query);
            for (const sms::Message& message : page)
                rows.push_back(message.row);
            if (page.empty())
                break;
            CHECK(page.size() <= static_cast<std::size_t>(size));
            query.before = store::MessagePlace{page.back().created_at, page.back().row};
        }
        std::vector<std::int64_t> expected;
        for (const sms::Message& message : all)
            expected.push_back(message.row);
        CHECK(rows == expected);
    }
}

TEST_CASE("what comes between two pages moves nothing", "[pages]")
{
    TestStore store;
    const auto old = add(store, noon);
    const auto newer = add(store, noon + Millis(1));
    store::MessageQuery query;
    query.limit = 1;
    query.before = store::MessagePlace{newer.created_at, newer.row};
    add(store, noon + Millis(2));
    CHECK(store::Messages(store.scope).list(query).front().row == old.row);
}

TEST_CASE("a page of messages is read from where it begins", "[pages]")
{
    struct Row {
        std::string name;
        bool with = false;
        std::string index;
    };
    const auto row =
        GENERATE(values<Row>({{"of all", false, "messages_recent (workspace_id=? AND "},
                              {"of a contact", true, "messages_conversation ("}}));
    DYNAMIC_SECTION(row.name)
    {
        TestStore store;
        const auto message = add(store, noon);
        store::MessageQuery query;
        query.limit = 50;
        query.before = store::MessagePlace{message.created_at, message.row};
        if (row.with)
            query.conversation_row = message.conversation_row;
        store::Messages(store.scope).list(query);
        const auto steps = plans(store, "ORDER BY m.created_at DESC");
        CHECK(any_has(steps, row.index));
        CHECK(any_has(steps, "created_at=? AND rowid<?)"));
        CHECK(any_has(steps, "created_at<?)"));
        CHECK_FALSE(any_has(steps, "TEMP B-TREE"));
        CHECK_FALSE(any_has(steps, "SCAN"));
    }
}

TEST_CASE("each page is asked for with the rest of a limit", "[pages]")
{
    TestStore store;
    {
        store::Transaction transaction = store.scope.begin();
        for (int i = 0; i < 1'203; ++i)
            add(store, noon);
        transaction.commit();
    }
    const auto [limit, expected] = GENERATE(
        table<int, std::size_t>({{0, 1'203}, {1, 1}, {500, 500}, {700, 700}, {2'000, 1'203}}));
    store::MessageQuery query;
    query.limit = limit;
    std::int64_t last = 0;
    std::size_t seen = 0;
    store::Messages(store.scope).each(query, [&](const sms::Message& message) {
        CHECK((seen == 0 || message.row < last));
        last = message.row;
        ++seen;
        return true;
    });
    CHECK(seen == expected);
}

TEST_CASE("pages of conversations hold each once, those without a message last", "[pages]")
{
    TestStore store;
    for (int i = 0; i < 7; ++i)
        add(store, noon + Millis(i / 3), "+1555010" + std::to_string(1000 + i));
    store.database.connection().execute(
        "UPDATE conversations SET last_message_at = NULL, last_message_id = NULL WHERE id IN (2, "
        "6)");
    store::Conversations conversations(store.scope);
    std::vector<std::int64_t> rows;
    std::optional<store::ConversationPlace> before;
    while (true) {
        const auto page = conversations.list(false, 2, before);
        for (const sms::Conversation& conversation : page)
            rows.push_back(conversation.row);
        if (page.empty())
            break;
        before = store::ConversationPlace{page.back().last_message_at, page.back().row};
    }
    CHECK(rows == std::vector<std::int64_t>{7, 5, 4, 3, 1, 6, 2});
    const auto steps = plans(store, "ORDER BY v.last_message_at DESC");
    CHECK(any_has(steps, "last_message_at=? AND rowid<?)"));
    CHECK(any_has(steps, "last_message_at<?)"));
    CHECK_FALSE(any_has(steps, "TEMP B-TREE"));
    CHECK_FALSE(any_has(steps, "SCAN"));
}
