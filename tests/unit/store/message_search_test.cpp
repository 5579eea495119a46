#include "store/batches.hpp"
#include "store/message_search.hpp"
#include "store/messages.hpp"
#include "store/workspaces.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <set>

using namespace smsctl;
using test::error_of;
using test::noon;
using test::TestStore;

namespace {

sms::Message add(store::Scope& scope, const std::string& body)
{
    return test::store_message(scope, test::make_message(body));
}

void catch_up(store::Scope& scope)
{
    store::MessageSearch(scope).catch_up([](auto, auto) { return true; });
}

std::set<std::string> found(store::Scope& scope, const std::string& typed)
{
    catch_up(scope);
    std::set<std::string> bodies;
    for (const std::int64_t row : store::MessageSearch(scope).find(store::SearchText(typed), {}))
        bodies.insert(store::Messages(scope).by_row(row).value().body);
    return bodies;
}

std::vector<std::string> index_problems(store::Database& database)
{
    std::vector<std::string> problems;
    try {
        database.connection().execute(
            "INSERT INTO message_texts (message_texts) VALUES ('integrity-check')");
    } catch (const Error& error) {
        problems.emplace_back(error.what());
    }
    return problems;
}

} // namespace

TEST_CASE("words, phrases and beginnings find messages", "[search]")
{
    struct Row {
        std::string typed;
        std::set<std::string> bodies;
    };
    const std::string way = "On my way";
    const std::string home = "my home, on the way";
    const std::string cafe = "Café déjà vu?";
    const std::string quote = "say \"hello\" OR else";
    const std::string greek = "Ελληνικά 42";
    const auto row = GENERATE_COPY(values<Row>({{"way", {way, home}},
                                                {"WAY my", {way, home}},
                                                {"\"on my way\"", {way}},
                                                {"on-my-way", {way}},
                                                {"ho*", {home}},
                                                {"\"the wa\"*", {home}},
                                                {"way -home", {way}},
                                                {"cafe deja", {cafe}},
                                                {"CAFÉ", {cafe}},
                                                {"cafe OR home", {cafe, home}},
                                                {"cafe OR way -home", {cafe, way}},
                                                {"hello", {quote}},
                                                {"or", {quote}},
                                                {"\"OR\"", {quote}},
                                                {"ΕΛΛΗΝΙΚΆ", {greek}},
                                                {"4*", {greek}},
                                                {"body", {}},
                                                {"NEAR(on way)", {}},
                                                {"w", {}}}));
    DYNAMIC_SECTION(row.typed)
    {
        TestStore store;
        for (const std::string& body : {way, home, cafe, quote, greek})
            add(store.scope, body);
        CHECK(found(store.scope, row.typed) == row.bodies);
    }
}

TEST_CASE("what makes no query says why", "[search]")
{
    const auto typed = GENERATE(values<std::string>({"",
                                                     "  ",
                                                     "\"on my way",
                                                     "*",
                                                     "a*b",
                                                     "*way",
                                                     "?!",
                                                     "-spam",
                                                     "OR",
                                                     "a OR",
                                                     "OR a",
                                                     "\xff"}));
    DYNAMIC_SECTION(typed)
    {
        const Error error = error_of([&] { store::SearchText text(typed); });
        CHECK(error.code() == "usage.search");
        CHECK(error.exit() == Exit::usage);
        CHECK_FALSE(error.hint().empty());
    }
}

TEST_CASE("no search finds another workspace's text", "[search]")
{
    TestStore store;
    const Workspace other = store.add_workspace("other");
    store::Scope theirs = store.database.scope(other);
    add(store.scope, "our secret");
    add(theirs, "their secret");
    CHECK(found(store.scope, "secret") == std::set<std::string>{"our secret"});
    CHECK(found(theirs, "secret") == std::set<std::string>{"their secret"});
    CHECK(found(store.scope, "secret") == std::set<std::string>{"our secret"});
    CHECK(found(store.scope, "their").empty());
    const store::SearchText secret("secret");
    CHECK(store::MessageSearch(store.scope).count(secret, {}) == 1);
    const sms::Message hidden = store::Messages(theirs).list({}).front();
    CHECK(store::MessageSearch(store.scope).pieces(secret, hidden).size() == 1);
}

TEST_CASE("the better match comes first, then the newer message", "[search]")
{
    TestStore store;
    sms::Message old = test::make_message("rain");
    old.created_at = noon - std::chrono::hours(1);
    old = test::store_message(store.scope, old);
    const auto fresh = add(store.scope, "rain");
    const auto weak = add(store.scope, "a long text that has rain in it somewhere, and much else");
    catch_up(store.scope);
    CHECK(store::MessageSearch(store.scope).find(store::SearchText("rain"), {}) ==
          std::vector<std::int64_t>{fresh.row, old.row, weak.row});
    store::MessageQuery query;
    query.limit = 1;
    CHECK(store::MessageSearch(store.scope).find(store::SearchText("rain"), query) ==
          std::vector<std::int64_t>{fresh.row});
    query = {};
    query.until = noon;
    CHECK(store::MessageSearch(store.scope).find(store::SearchText("rain"), query) ==
          std::vector<std::int64_t>{old.row});
    CHECK(store::MessageSearch(store.scope).count(store::SearchText("rain"), {}) == 3);
}

TEST_CASE("a text is cut where matches begin and end", "[search]")
{
    TestStore store;
    const auto message = add(store.scope, "Rain \x01 again, rain");
    catch_up(store.scope);
    CHECK(store::MessageSearch(store.scope).pieces(store::SearchText("rain"), message) ==
          std::vector<std::string>{"", "Rain", " \x01 again, ", "rain", ""});
}

TEST_CASE("catching up goes in pieces, and on where it was stopped", "[search]")
{
    TestStore store;
    constexpr int messages = 4'500;
    {
        store::Transaction transaction = store.scope.begin();
        for (int i = 0; i < messages; ++i)
            add(store.scope, "drop");
        transaction.commit();
    }
    store::MessageSearch search(store.scope);
    std::vector<std::int64_t> steps;
    search.catch_up([&](std::int64_t done, std::int64_t total) {
        CHECK(total == messages);
        steps.push_back(done);
        return false;
    });
    CHECK(steps == std::vector<std::int64_t>{2'000});
    const store::SearchText drop("drop");
    CHECK(search.count(drop, {}) == 2'000);
    steps.clear();
    search.catch_up([&](std::int64_t done, std::int64_t) {
        steps.push_back(done);
        return true;
    });
    CHECK(steps == std::vector<std::int64_t>{2'000, 2'500});
    CHECK(search.count(drop, {}) == messages);
    search.catch_up([](auto, auto) {
        FAIL("there is nothing left");
        return true;
    });
}

TEST_CASE("what is deleted leaves the index, and its row may be given out again", "[search]")
{
    TestStore store;
    add(store.scope, "first");
    const auto last = add(store.scope, "second");
    CHECK(found(store.scope, "second").size() == 1);
    {
        store::Transaction transaction = store.scope.begin();
        store::MessageSearch search(store.scope);
        search.forget(last.row, last.row);
        store.database.connection().execute("DELETE FROM messages WHERE body = 'second'");
        search.after_deletion();
        transaction.commit();
    }
    CHECK(index_problems(store.database).empty());
    const auto next = add(store.scope, "third");
    REQUIRE(next.row == last.row);
    CHECK(found(store.scope, "second").empty());
    CHECK(found(store.scope, "third").size() == 1);
}

TEST_CASE("a workspace takes its words with it when it goes", "[search]")
{
    TestStore store;
    const Workspace other = store.add_workspace("other");
    store::Scope theirs = store.database.scope(other);
    add(store.scope, "our secret");
    add(theirs, "their secret");
    CHECK(found(store.scope, "secret").size() == 1);
    CHECK(found(theirs, "secret").size() == 1);
    store::Workspaces(store.database).remove(other);
    const auto fresh = add(store.scope, "something new");
    CHECK(fresh.row == 2);
    CHECK(found(store.scope, "secret") == std::set<std::string>{"our secret"});
    CHECK(found(store.scope, "their").empty());
    CHECK(found(store.scope, "new").size() == 1);
    CHECK(index_problems(store.database).empty());
}

TEST_CASE("a plan that is discarded leaves the index", "[search]")
{
    TestStore store;
    add(store.scope, "before");
    sms::Batch batch;
    batch.id = "bat_1";
    batch.identity = "spring";
    batch.state = sms::BatchState::planning;
    batch.created_at = noon;
    store::Batches(store.scope).insert(batch);
    for (int i = 0; i < 3; ++i)
        add(store.scope, "planned drop");
    batch.first_message_row = 2;
    batch.last_message_row = 4;
    store.database.connection().execute("UPDATE messages SET batch_id = 1 WHERE id > 1");
    CHECK(found(store.scope, "drop").size() == 1);
    bool is_left = true;
    while (is_left) {
        store::Transaction transaction = store.scope.begin();
        is_left = store::Batches(store.scope).discard(batch, 2);
        transaction.commit();
    }
    add(store.scope, "after");
    CHECK(found(store.scope, "drop").empty());
    CHECK(found(store.scope, "before OR after").size() == 2);
    CHECK(index_problems(store.database).empty());
}

TEST_CASE("purged words are not in the file any more", "[search]")
{
    TestStore store;
    const auto secret = add(store.scope, "xylophone");
    add(store.scope, "plain words");
    CHECK(found(store.scope, "xylophone").size() == 1);
    {
        store::Transaction transaction = store.scope.begin();
        store::MessageSearch(store.scope).forget(secret.row, secret.row);
        store.database.connection().execute("UPDATE messages SET body = '' WHERE id = 1");
        transaction.commit();
    }
    store::MessageSearch(store.scope).purge();
    CHECK(index_problems(store.database).empty());
    CHECK(found(store.scope, "xylophone").empty());
    CHECK(found(store.scope, "plain").size() == 1);
    store.database.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    std::ifstream file(store.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    CHECK(bytes.find("plain") != std::string::npos);
    CHECK(bytes.find("xylo") == std::string::npos);
}
