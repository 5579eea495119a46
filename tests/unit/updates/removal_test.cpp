#include "core/error.hpp"
#include "store/batches.hpp"
#include "store/event_log.hpp"
#include "store/forwards.hpp"
#include "store/message_search.hpp"
#include "store/opt_outs.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"
#include "support/fake_clock.hpp"
#include "support/refusing_provider.hpp"
#include "updates/apply.hpp"
#include "updates/removal.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace smsctl;
using std::chrono::hours;
using test::error_of;
using test::noon;
using test::TestStore;

namespace {

/// Remembers what it was asked, and fails when told to.
class FarEnd final : public test::RefusingProvider {
public:
    std::vector<std::string> asked;
    std::string fails_at;
    std::function<void()> before;

    providers::RemoteMessage redact(std::string_view id) override
    {
        note("redact", id);
        return {};
    }
    void remove(std::string_view id) override { note("remove", id); }
    void remove_media(std::string_view id) override { note("remove media of", id); }

private:
    void note(const std::string& what, std::string_view id)
    {
        if (before)
            before();
        asked.push_back(what + " " + std::string(id));
        if (asked.back() == fails_at)
            throw Error(Exit::unavailable, "provider.unavailable", "the line is dead");
    }
};

struct World {
    TestStore store;
    test::FakeClock clock{noon + hours(1)};
    FarEnd far_end;

    store::Scope& scope() { return store.scope; }
    store::Messages messages() { return store::Messages(store.scope); }
    updates::Removal here() { return {store.scope, clock, nullptr}; }
    updates::Removal there() { return {store.scope, clock, &far_end}; }

    sms::Message sent(const std::string& sid, const std::function<void(sms::Message&)>& change = {})
    {
        sms::Message message = test::make_message("sent " + sid);
        message.provider_id = sid;
        message.status = sms::Status::delivered;
        if (change)
            change(message);
        return test::store_message(store.scope, message);
    }

    /// As a webhook brings it, with its payload.
    sms::Message received(const std::string& sid,
                          const std::string& body,
                          sms::Keyword keyword = sms::Keyword::none)
    {
        return tell(sid, body, keyword).message.value();
    }

    updates::Applied tell(const std::string& sid, const std::string& body, sms::Keyword keyword)
    {
        providers::InboundMessage inbound;
        inbound.provider_id = sid;
        inbound.from = test::their_number;
        inbound.to = test::our_number;
        inbound.body = body;
        inbound.keyword = keyword;
        store::Transaction transaction = store.scope.begin();
        auto applied = updates::Updates(store.scope, clock, "{\"headers\":{}}")
                           .apply(inbound, sms::EventSource::callback, "Body=" + body);
        transaction.commit();
        return applied;
    }

    std::int64_t number(const std::string& sql)
    {
        store::Statement statement = store.database.connection().prepare(sql);
        statement.step();
        return statement.integer(0);
    }
    sms::Conversation conversation()
    {
        return store::Conversations(store.scope).list(false, 0).at(0);
    }
};

} // namespace

TEST_CASE("only what is final may be redacted or removed, and the reason is told", "[removal]")
{
    const auto status = GENERATE(sms::Status::planned,
                                 sms::Status::scheduled,
                                 sms::Status::submitting,
                                 sms::Status::in_doubt,
                                 sms::Status::accepted,
                                 sms::Status::queued,
                                 sms::Status::sending,
                                 sms::Status::sent);
    DYNAMIC_SECTION(sms::word(status))
    {
        World world;
        const auto message = world.sent("SM1", [&](auto& made) { made.status = status; });
        for (const auto& act : std::vector<std::function<void()>>{
                 [&] { world.here().redact(message); },
                 [&] { world.there().redact(message); },
                 [&] { world.here().remove({message}, ", test"); },
                 [&] { world.there().remove({message}, ", test"); }}) {
            const Error error = error_of(act);
            CHECK(error.exit() == Exit::blocked);
            CHECK(error.code() == "blocked.in_use");
            CHECK_FALSE(error.hint().empty());
        }
        CHECK(world.far_end.asked.empty());
        CHECK(world.messages().by_id(message.id)->body == message.body);
        CHECK(world.here().remove_older(noon + hours(1), {}, {}).removed == 0);
    }
}

TEST_CASE("a redacted message says nothing any more, and the rest of it stays", "[removal]")
{
    World world;
    const test::TempDir folder;
    const std::string file = (folder / "picture.png").string();
    std::ofstream(file) << "pixels";
    const auto message = world.received("SM1", "my secret");
    world.messages().replace_media(message.row, {{"https://example.com/a.png", "image/png"}});
    world.messages().set_media_file(message.row, 1, file, "");
    store::MessageSearch search(world.scope());
    search.catch_up([](auto, auto) { return true; });
    const store::SearchText secret("secret");
    REQUIRE(search.count(secret, {}) == 1);

    const auto redacted = world.here().redact(message);
    CHECK(redacted.body.empty());
    CHECK(redacted.redacted_at == world.clock.now());
    CHECK(redacted.from == message.from);
    CHECK(redacted.seq > message.seq);
    REQUIRE(redacted.media.size() == 1);
    CHECK(redacted.media[0].url.empty());
    CHECK(redacted.media[0].path.empty());
    CHECK(redacted.media[0].content_type == "image/png");
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(search.count(secret, {}) == 0);
    for (const sms::Event& event : store::EventLog(world.scope()).list({})) {
        CHECK(event.payload.empty());
        CHECK(store::EventLog(world.scope()).request_of(event.seq).empty());
    }
    CHECK(world.conversation().contact_address == test::their_number);
    CHECK(world.conversation().unread_count == 1);
    // Once more changes nothing.
    CHECK(world.here().redact(message).seq == redacted.seq);
}

TEST_CASE("news of a redacted message does not bring its text back", "[removal]")
{
    World world;
    world.here().redact(world.received("SM1", "my secret"));
    world.received("SM1", "my secret"); // the webhook comes again
    providers::StatusReport report;
    report.provider_id = "SM2";
    report.status_word = "read";
    report.status = sms::Status::read;
    const auto sent = world.sent("SM2");
    world.here().redact(sent);
    {
        store::Transaction transaction = world.scope().begin();
        updates::Updates(world.scope(), world.clock)
            .apply(report, sms::EventSource::poll, "{\"body\":\"sent SM2\"}");
        transaction.commit();
    }
    CHECK(world.messages().by_provider_id("SM2")->status == sms::Status::read);
    CHECK(world.messages().by_provider_id("SM1")->body.empty());
    CHECK(world.number("SELECT count(*) FROM events WHERE payload <> '' OR request <> ''") == 0);
}

TEST_CASE("news of a removed message stores nothing again but that it came", "[removal]")
{
    World world;
    const auto received = world.received("SM1", "my secret", sms::Keyword::stop);
    const auto sent = world.sent("SM2");
    world.here().remove({received, sent}, ", test");
    store::OptOuts(world.scope())
        .remove(test::their_number,
                test::our_number,
                "test",
                world.clock.now(),
                sms::EventSource::command,
                0);
    const auto event_count = world.number("SELECT count(*) FROM events");

    const auto again = world.tell("SM1", "my secret", sms::Keyword::stop);
    CHECK(again.was_removed);
    CHECK_FALSE(again.message);
    providers::StatusReport report;
    report.provider_id = "SM2";
    report.status_word = "delivered";
    report.status = sms::Status::delivered;
    const auto late = updates::Updates(world.scope(), world.clock, "{\"headers\":{}}")
                          .apply(report, sms::EventSource::callback, "To=+14155552671");
    CHECK(late.was_removed);

    CHECK(world.messages().count({}) == 0);
    CHECK(world.conversation().unread_count == 0);
    CHECK_FALSE(store::OptOuts(world.scope()).find(test::their_number, test::our_number));
    CHECK(world.number("SELECT count(*) FROM events") == event_count + 2);
    for (const auto& applied : {again, late}) {
        const auto event = store::EventLog(world.scope()).by_id(applied.event.id).value();
        CHECK(event.kind == sms::EventKind::unchanged);
        CHECK(event.reason == "its message was removed");
        CHECK(event.payload.empty());
        CHECK(store::EventLog(world.scope()).request_of(event.seq).empty());
    }
    // Another workspace's message of that id is its own.
    const Workspace other = world.store.add_workspace("other");
    store::Scope theirs = world.store.database.scope(other);
    CHECK_FALSE(updates::Updates(theirs, world.clock)
                    .apply(report, sms::EventSource::callback, "")
                    .was_removed);
}

TEST_CASE("what is asked of the provider is committed before it is asked", "[removal]")
{
    World world;
    const auto verb = GENERATE(store::RemovalVerb::redact, store::RemovalVerb::remove);
    DYNAMIC_SECTION(store::word(verb))
    {
        auto message = world.sent("SM1");
        world.messages().replace_media(message.row, {{"https://example.com/a.png", "image/png"}});
        message = world.messages().by_id(message.id).value();
        const bool removes = verb == store::RemovalVerb::remove;
        const auto act = [&] {
            if (removes)
                world.there().remove({message}, ", test");
            else
                world.there().redact(message);
        };
        world.far_end.before = [&] {
            store::Database other = world.store.reopen();
            store::Scope theirs = other.scope(world.store.workspace);
            const auto unfinished = store::Removals(theirs).unfinished();
            REQUIRE(unfinished.size() == 1);
            CHECK(unfinished[0].message_id == message.id);
            CHECK(unfinished[0].verb == verb);
        };
        world.far_end.fails_at = removes ? "remove SM1" : "redact SM1";
        CHECK(error_of(act).exit() == Exit::unavailable);
        // It is known here what was left undone, and the same again finishes it.
        CHECK(store::Removals(world.scope()).unfinished().size() == 1);
        CHECK(world.messages().by_id(message.id).has_value());
        world.far_end.fails_at.clear();
        act();
        CHECK(store::Removals(world.scope()).unfinished().empty());
        CHECK(world.messages().by_id(message.id).has_value() == !removes);
        const std::string asked = removes ? "remove SM1" : "redact SM1";
        CHECK(world.far_end.asked ==
              std::vector<std::string>{"remove media of SM1", asked, "remove media of SM1", asked});
    }
}

TEST_CASE("of several only what the provider let go is gone", "[removal]")
{
    World world;
    const auto first = world.sent("SM1");
    const auto second = world.sent("SM2");
    const auto never_sent = world.sent("SM3", [](auto& made) {
        made.provider_id.clear();
        made.status = sms::Status::blocked;
    });
    world.far_end.fails_at = "remove SM2";
    CHECK_THROWS_AS(world.there().remove({first, second, never_sent}, "test"), Error);
    CHECK_FALSE(world.messages().by_id(first.id));
    CHECK(world.messages().by_id(second.id));
    world.far_end.fails_at.clear();
    world.there().remove({second, never_sent}, ", test");
    CHECK(world.messages().count({}) == 0);
    CHECK(world.far_end.asked ==
          std::vector<std::string>{"remove SM1", "remove SM2", "remove SM2"});
}

TEST_CASE("a signal leaves nothing half removed", "[removal]")
{
    World world;
    std::vector<sms::Message> messages;
    for (int i = 1; i <= 45; ++i)
        messages.push_back(world.sent("SM" + std::to_string(i)));
    const bool is_older = GENERATE(false, true);
    std::stop_source stop;
    world.far_end.before = [&] {
        if (world.far_end.asked.size() == 24) // one is under way
            stop.request_stop();
    };
    std::size_t told = 0;
    const auto took = [&](const sms::Message& message) {
        CHECK(message.id == messages[told++].id);
        CHECK_FALSE(world.messages().by_id(message.id));
    };
    auto removal = world.there();
    const auto act = [&](const std::stop_token& token) {
        if (is_older) {
            const auto result = removal.remove_older(noon + hours(1), took, token);
            CHECK(result.was_stopped == token.stop_requested());
        } else {
            removal.remove({messages.begin() + static_cast<std::ptrdiff_t>(told), messages.end()},
                           "",
                           took,
                           token);
        }
    };
    act(stop.get_token());
    CHECK(told == 25);
    CHECK(world.far_end.asked.size() == 25);
    CHECK(world.messages().count({}) == 20);
    CHECK(store::Removals(world.scope()).unfinished().empty());
    act({});
    CHECK(told == 45);
    CHECK(world.messages().count({}) == 0);
    CHECK(world.far_end.asked.size() == 45);
}

TEST_CASE("counters follow what is removed", "[removal]")
{
    World world;
    std::vector<sms::Message> messages;
    for (int i = 1; i <= 4; ++i) {
        messages.push_back(world.received("SM" + std::to_string(i), "text"));
        world.clock.step(Millis(1));
    }
    world.store.database.connection().execute("UPDATE conversations SET unread_count = 2");
    world.here().remove({messages[0], messages[3]}, ", test"); // one read, one not
    auto conversation = world.conversation();
    CHECK(conversation.message_count == 2);
    CHECK(conversation.unread_count == 1);
    CHECK(conversation.last_message_at == messages[2].created_at);
    CHECK(conversation.last_message_body == "text");
    world.here().remove({messages[1], messages[2]}, ", test");
    conversation = world.conversation();
    CHECK(conversation.message_count == 0);
    CHECK(conversation.unread_count == 0);
    CHECK_FALSE(conversation.last_message_at);
}

TEST_CASE("an opt-out outlives the text that asked for it, with its evidence", "[removal]")
{
    World world;
    const auto stop = world.received("SM1", "STOP", sms::Keyword::stop);
    world.here().remove({stop}, ", test");
    CHECK(store::OptOuts(world.scope()).find(test::their_number, test::our_number));
    CHECK(world.number("SELECT count(*) FROM events WHERE kind = 'opt_out' AND payload <> ''") ==
          1);
}

TEST_CASE("a removed message leaves its key and provider id behind, and nothing else", "[removal]")
{
    World world;
    const auto message = world.sent("SM1", [](auto& made) {
        made.key = "order-42";
        made.content_hash = "abc";
        made.body = "my secret";
    });
    world.here().remove({message}, ", test");
    store::Removals removals(world.scope());
    CHECK(removals.by_key("order-42")->content_hash == "abc");
    CHECK(removals.had_provider_id("SM1"));
    CHECK_FALSE(removals.by_key("order-43"));
    CHECK_FALSE(removals.had_provider_id("SM2"));
    const Workspace other = world.store.add_workspace("other");
    store::Scope theirs = world.store.database.scope(other);
    CHECK_FALSE(store::Removals(theirs).by_key("order-42"));
    CHECK_FALSE(store::Removals(theirs).had_provider_id("SM1"));
    CHECK(world.number("SELECT count(*) FROM events WHERE reason LIKE '%test%'") == 1);
}

TEST_CASE("the sums of a batch stay what they were", "[removal]")
{
    World world;
    sms::Batch batch;
    batch.id = "bat_1";
    batch.identity = "spring";
    batch.state = sms::BatchState::planned;
    batch.created_at = noon;
    store::Batches(world.scope()).insert(batch);
    std::vector<sms::Message> messages;
    for (int i = 1; i <= 3; ++i)
        messages.push_back(world.sent("SM" + std::to_string(i)));
    world.store.database.connection().execute(
        "UPDATE messages SET batch_id = 1; UPDATE messages SET status = 'failed' WHERE id = 3");
    batch.first_message_row = 1;
    batch.last_message_row = 3;
    const auto before = store::Batches(world.scope()).status_counts(batch);
    world.here().remove({messages[0]}, ", test");
    world.here().remove({messages[1], messages[2]}, ", test");
    CHECK(store::Batches(world.scope()).status_counts(batch) == before);
    CHECK(before.at(sms::Status::delivered) == 2);
}

TEST_CASE("what still has to reach an application stays", "[removal]")
{
    World world;
    const auto message = world.received("SM1", "text");
    store::PendingForward pending;
    pending.event_seq = message.seq;
    pending.forward.url = "http://127.0.0.1:1/";
    pending.forward.next_try_at = noon;
    store::Forwards(world.scope()).add(pending, "nobody", noon);
    CHECK(error_of([&] { world.here().redact(message); }).code() == "blocked.in_use");
    CHECK(error_of([&] { world.here().remove({message}, "x"); }).code() == "blocked.in_use");
    CHECK(world.here().remove_older(noon + hours(2), {}, {}).removed == 0);
    CHECK(store::Removals(world.scope()).count_older(noon + hours(2)) == 0);
}

TEST_CASE("what counts towards today's cap is not removed before tomorrow", "[removal]")
{
    World world;
    const auto message = world.sent("SM1");
    world.store.workspace.settings["daily-cap"] = "1.00";
    store::Scope scope = world.store.database.scope(world.store.workspace);
    updates::Removal removal(scope, world.clock, nullptr);
    CHECK(error_of([&] { removal.remove({message}, "x"); }).code() == "blocked.in_use");
    world.clock.step(hours(24));
    removal.remove({message}, "x");
    CHECK(world.messages().count({}) == 0);
}

TEST_CASE("old messages go in pieces, the oldest first, and until stopped", "[removal]")
{
    World world;
    {
        store::Transaction transaction = world.scope().begin();
        for (int i = 0; i < 450; ++i)
            world.sent("SM" + std::to_string(i), [&](auto& made) {
                made.created_at = noon + Millis(i / 100);
                if (i % 10 == 0)
                    made.status = sms::Status::queued;
            });
        transaction.commit();
    }
    const auto fresh = world.sent("SM9999", [](auto& made) { made.created_at = noon + hours(1); });
    std::int64_t last = 0;
    std::stop_source stop;
    const auto cut = world.here().remove_older(
        noon + hours(1),
        [&](const sms::Message& message) {
            CHECK(message.row > last);
            last = message.row;
            stop.request_stop();
        },
        stop.get_token());
    CHECK(cut.was_stopped);
    CHECK(cut.removed == 200);
    CHECK(world.messages().count({}) == 251);
    const auto rest = world.here().remove_older(noon + hours(1), {}, {});
    CHECK_FALSE(rest.was_stopped);
    CHECK(rest.removed == 205);
    CHECK(world.messages().count({}) == 46);
    CHECK(world.messages().by_id(fresh.id));
    CHECK(world.conversation().message_count == 46);
}

TEST_CASE("after a purge neither text nor words are in the files", "[removal]")
{
    World world;
    const auto message = world.received("SM1", "xylophone zither");
    const auto other = world.received("SM2", "quixotic");
    store::MessageSearch(world.scope()).catch_up([](auto, auto) { return true; });
    auto removal = world.here();
    removal.redact(message);
    removal.remove({other}, ", test");
    removal.purge();
    for (const char* const end : {"", "-wal"}) {
        std::ifstream file(world.store.path() + end, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        CHECK(bytes.find("xylo") == std::string::npos);
        CHECK(bytes.find("quixo") == std::string::npos);
    }
}

TEST_CASE("a workspace keeps messages as long as its retention says", "[removal]")
{
    Workspace workspace;
    CHECK_FALSE(updates::retention_cutoff(workspace, noon));
    workspace.settings["retention"] = "2d";
    CHECK(updates::retention_cutoff(workspace, noon) == noon - hours(48));
}
