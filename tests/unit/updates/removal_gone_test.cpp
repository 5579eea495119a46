#include "store/event_log.hpp"
#include "store/message_search.hpp"
#include "store/opt_outs.hpp"
#include "unit/updates/removal_world.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace smsctl;
using namespace smsctl::test::removal_world;

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
