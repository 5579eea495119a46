// A row of one workspace cannot be seen or changed through another's scope, whatever the method.
// A method that is added to a table class gets its line here.
#include "core/error.hpp"
#include "store/event_log.hpp"
#include "store/leases.hpp"
#include "store/opt_outs.hpp"
#include "store/outbox.hpp"
#include "store/templates.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace smsctl;
using test::error_of;
using test::noon;

namespace {

constexpr Instant later = noon + std::chrono::hours(1);

/// One workspace full of rows, and the scope of another in the same file.
struct TwoWorkspaces {
    TwoWorkspaces()
    {
        sms::Message message = test::make_message();
        message.provider_id = "SM0123";
        message.key = "order-42";
        message.status = sms::Status::in_doubt;
        message.media = {{"https://example.com/a.png", "image/png"}};
        theirs = test::store_message(store.scope, message);
        conversation = store::Conversations(store.scope).list(false, 0).front();
        number = test::make_number();
        store::Numbers(store.scope).insert(number);
        store::OutboxEntry entry;
        entry.message_row = theirs.row;
        entry.due_at = noon;
        store::Outbox(store.scope).add(entry);
        store::OptOuts(store.scope).add(test::their_number, "", "STOP", noon);
        store::Cursors(store.scope).set("tail", "7");
        welcome.id = "tpl_1";
        welcome.name = "welcome";
        store::Templates(store.scope).insert(welcome);
        event.message_row = theirs.row;
        event.provider_id = "SM0123";
        event.created_at = noon;
        store::EventLog(store.scope).append(event);
        orphan.provider_id = "SM9";
        orphan.created_at = noon;
        store::EventLog(store.scope).append(orphan);
    }

    test::TestStore store{"theirs"};
    Workspace our_workspace = store.add_workspace("ours");
    store::Scope ours{store.database, our_workspace};
    sms::Message theirs;
    sms::Conversation conversation;
    sms::Number number;
    store::StoredTemplate welcome;
    sms::Event event;
    sms::Event orphan;
};

bool refused(const std::function<void()>& call)
{
    const Error error = error_of(call);
    return error.code() == "internal.foreign_row" || error.exit() == Exit::not_found;
}

} // namespace

TEST_CASE("messages of another workspace are out of reach")
{
    TwoWorkspaces both;
    store::Messages ours(both.ours);
    store::Messages theirs(both.store.scope);
    CHECK_FALSE(ours.by_row(both.theirs.row));
    CHECK_FALSE(ours.by_id(both.theirs.id));
    CHECK_FALSE(ours.by_provider_id("SM0123"));
    CHECK_FALSE(ours.by_key("order-42"));
    for (const std::string& reference :
         {both.theirs.id, both.theirs.id.substr(0, 12), std::string("SM0123"), std::string("SM01")})
        CHECK(error_of([&] { ours.resolve(reference); }).exit() == Exit::not_found);
    CHECK(ours.list({}).empty());
    store::MessageQuery by_address;
    by_address.with = test::their_number;
    CHECK(ours.list(by_address).empty());
    store::MessageQuery by_conversation;
    by_conversation.conversation_row = both.conversation.row;
    CHECK(ours.list(by_conversation).empty());
    CHECK(ours.count({}) == 0);
    CHECK(ours.open(noon, later, 0).empty());
    CHECK(ours.in_doubt().empty());
    CHECK(ours.spent_micros(noon, 1000) == 0);
    CHECK(theirs.spent_micros(noon, 1000) == 1000);

    sms::Message changed = both.theirs;
    changed.body = "changed";
    CHECK(refused([&] { ours.update(changed); }));
    CHECK(refused([&] { ours.replace_media(both.theirs.row, {{"https://evil.example", ""}}); }));
    ours.replace_media(both.theirs.row, {});
    ours.set_polled(both.theirs.row, noon);
    const auto kept = theirs.by_row(both.theirs.row);
    CHECK(kept->body == both.theirs.body);
    CHECK(kept->media.size() == 1);
    auto polled = both.store.database.connection().prepare(
        "SELECT count(*) FROM messages WHERE polled_at IS NOT NULL");
    REQUIRE(polled.step());
    CHECK(polled.integer(0) == 0);

    sms::Message intruder = test::make_message();
    intruder.conversation_row = both.conversation.row;
    CHECK(refused([&] { ours.insert(intruder); }));
    CHECK(theirs.count({}) == 1);
}

TEST_CASE("contacts and conversations of another workspace are out of reach")
{
    TwoWorkspaces both;
    store::Contacts contacts(both.ours);
    CHECK_FALSE(contacts.by_address(test::their_number));
    CHECK_FALSE(contacts.find(both.conversation.contact_id));
    CHECK_FALSE(contacts.find(both.conversation.contact_name));
    CHECK_FALSE(contacts.find(test::their_number));

    store::Conversations ours(both.ours);
    CHECK_FALSE(ours.by_id(both.conversation.id));
    CHECK_FALSE(ours.by_row(both.conversation.row));
    CHECK(ours.with(test::their_number).empty());
    CHECK(ours.list(false, 0).empty());
    CHECK(ours.count(false) == 0);
    CHECK(refused(
        [&] { ours.find_or_create(both.conversation.contact_row, test::our_number, noon); }));
    CHECK(refused([&] { ours.add_message(both.conversation.row, both.theirs.row, later, true); }));
    store::Conversations(both.store.scope)
        .add_message(both.conversation.row, both.theirs.row, later, true);
    ours.mark_read(both.conversation.row);
    CHECK(store::Conversations(both.store.scope).by_row(both.conversation.row)->unread_count == 1);

    // The same person in both: two contacts, two conversations, nothing shared.
    const auto contact = contacts.find_or_create(test::their_number, "", noon);
    CHECK(contact.row != both.conversation.contact_row);
    const auto made = ours.find_or_create(contact.row, test::our_number, noon);
    CHECK(made.id != both.conversation.id);
    CHECK(refused([&] { ours.add_message(made.row, both.theirs.row, later, true); }));
    CHECK(ours.by_row(made.row)->last_message_body.empty());
}

TEST_CASE("numbers of another workspace are out of reach")
{
    TwoWorkspaces both;
    store::Numbers ours(both.ours);
    CHECK(ours.list(true).empty());
    CHECK_FALSE(ours.by_address(test::our_number));
    for (const std::string& reference :
         {both.number.id, both.number.id.substr(0, 12), both.number.provider_id, test::our_number})
        CHECK(error_of([&] { ours.resolve(reference); }).exit() == Exit::not_found);
    sms::Number changed = both.number;
    changed.webhook_url = "https://evil.example";
    CHECK(refused([&] { ours.update(changed); }));
    CHECK(store::Numbers(both.store.scope).by_address(test::our_number)->webhook_url.empty());
}

TEST_CASE("templates of another workspace are out of reach")
{
    TwoWorkspaces both;
    store::Templates ours(both.ours);
    CHECK(ours.list(0).empty());
    CHECK(ours.count() == 0);
    CHECK_FALSE(ours.find("welcome"));
    for (const char* const reference : {"welcome", "tpl_1", "tpl_"})
        CHECK(error_of([&] { ours.resolve(reference); }).exit() == Exit::not_found);
    store::StoredTemplate changed = both.welcome;
    changed.body = "changed";
    CHECK(refused([&] { ours.update(changed); }));
    CHECK(refused([&] { ours.remove(changed); }));
    store::StoredTemplate own = both.welcome;
    own.id = "tpl_2";
    ours.insert(own);
    ours.remove(own);
    CHECK(store::Templates(both.store.scope).find("welcome")->body.empty());
}

TEST_CASE("events of another workspace are out of reach")
{
    TwoWorkspaces both;
    store::EventLog ours(both.ours);
    CHECK(ours.list({}).empty());
    store::EventQuery by_conversation;
    by_conversation.conversation_row = both.conversation.row;
    CHECK(ours.list(by_conversation).empty());
    CHECK_FALSE(ours.by_id(both.event.id));
    CHECK(ours.orphans("SM9").empty());
    CHECK(ours.newest_seq() == 0);
    sms::Event about_theirs = both.event;
    CHECK(refused([&] { ours.append(about_theirs); }));
    sms::Event mine;
    mine.created_at = noon;
    ours.append(mine);
    CHECK(refused([&] { ours.adopt(mine.seq, both.theirs.row); }));
    const auto own = test::store_message(both.ours, test::make_message());
    CHECK(refused([&] { ours.adopt(both.orphan.seq, own.row); }));
    CHECK(store::EventLog(both.store.scope).orphans("SM9").size() == 1);
}

TEST_CASE("the outbox of another workspace is out of reach")
{
    TwoWorkspaces both;
    store::Outbox ours(both.ours);
    store::Outbox theirs(both.store.scope);
    CHECK_FALSE(ours.find(both.theirs.row));
    CHECK_FALSE(ours.claim(both.theirs.row, both.theirs.row, "me", later));
    CHECK(theirs.claim(both.theirs.row, both.theirs.row, "them", noon));
    ours.release(both.theirs.row);
    CHECK_FALSE(theirs.claim(both.theirs.row, both.theirs.row, "somebody else", later));
    CHECK(ours.abandoned(later).empty());
    CHECK(theirs.abandoned(later).size() == 1);
    ours.finish(both.theirs.row);
    REQUIRE(theirs.find(both.theirs.row));
    theirs.finish(both.theirs.row);
    store::OutboxEntry entry;
    entry.message_row = both.theirs.row;
    CHECK(refused([&] { ours.add(entry); }));
}

TEST_CASE("opt-outs, leases and cursors of another workspace are out of reach")
{
    TwoWorkspaces both;
    store::OptOuts ours(both.ours);
    CHECK_FALSE(ours.find(test::their_number, test::our_number));
    CHECK(ours.of(test::their_number).empty());
    CHECK(ours.list({}).empty());
    CHECK(ours.count({}) == 0);
    const store::OptOut theirs_out = store::OptOuts(both.store.scope).list({}).front();
    CHECK(error_of([&] { ours.resolve(theirs_out.id); }).exit() == Exit::not_found);
    CHECK(error_of([&] { ours.resolve(theirs_out.id.substr(0, 20)); }).exit() == Exit::not_found);
    CHECK_FALSE(ours.remove(test::their_number, ""));
    CHECK(store::OptOuts(both.store.scope).find(test::their_number, test::our_number));

    CHECK(store::Cursors(both.ours).get("tail").empty());
    store::Cursors(both.ours).set("tail", "9");
    CHECK(store::Cursors(both.store.scope).get("tail") == "7");

    store::Leases theirs(both.store.scope);
    store::Leases leases(both.ours);
    CHECK(theirs.take("reconcile", "them", noon, std::chrono::hours(1)));
    CHECK(leases.take("reconcile", "us", noon, std::chrono::hours(1)));
    leases.release("reconcile", "them");
    CHECK_FALSE(theirs.take("reconcile", "another", noon, std::chrono::hours(1)));
}

TEST_CASE("SQL put together while running must name the workspace too")
{
    test::TestStore store;
    for (const char* const sql :
         {"SELECT * FROM messages", "SELECT * FROM messages WHERE workspace_id = 1"})
        CHECK(error_of([&] { store.scope.prepare_built(sql); }).code() == "internal.unscoped_sql");
}

TEST_CASE("a workspace is removed with everything in it, and nothing else")
{
    TwoWorkspaces both;
    const auto own = test::store_message(both.ours, test::make_message());
    store::Workspaces workspaces(both.store.database);
    workspaces.set_credential(both.store.workspace, store::Purpose::api, {});
    CHECK(store::Leases(both.store.scope).take("sync", "me", noon, std::chrono::hours(1)));
    workspaces.remove(both.store.workspace);
    CHECK_FALSE(workspaces.find("theirs"));
    CHECK(both.store.database.check().empty());
    for (const char* const table : {"credentials",
                                    "numbers",
                                    "contacts",
                                    "conversations",
                                    "messages",
                                    "media",
                                    "outbox",
                                    "events",
                                    "opt_outs",
                                    "leases",
                                    "cursors"}) {
        auto left = both.store.database.connection().prepare(std::string("SELECT count(*) FROM ") +
                                                             table + " WHERE workspace_id = $1");
        REQUIRE(left.bind(1, both.store.workspace.row).step());
        INFO(table);
        CHECK(left.integer(0) == 0);
    }
    CHECK(store::Messages(both.ours).by_id(own.id));
    CHECK(error_of([&] { workspaces.remove(both.store.workspace); }).exit() == Exit::not_found);
}
