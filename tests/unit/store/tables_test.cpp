#include "core/error.hpp"
#include "core/text.hpp"
#include "store/event_log.hpp"
#include "store/leases.hpp"
#include "store/opt_outs.hpp"
#include "store/outbox.hpp"
#include "store/templates.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <csignal>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

using namespace smsctl;
using std::chrono::hours;
using test::error_of;
using test::noon;
using test::TestStore;

TEST_CASE("a contact is made once, unknown until somebody names it")
{
    TestStore store;
    store::Contacts contacts(store.scope);
    const auto made = contacts.find_or_create("+15550100", "", noon);
    CHECK(made.name == "Unknown (+15550100)");
    CHECK(contacts.find_or_create("+15550100", "Ann", noon).id == made.id);
    CHECK(contacts.find_or_create("+15550101", "Ann", noon).name == "Ann");
    CHECK(contacts.find("aNN")->address == "+15550101");
    CHECK(contacts.find(made.id)->row == made.row);
    CHECK_FALSE(contacts.find("Bob"));
    contacts.find_or_create("+15550102", "ANN", noon);
    const Error error = error_of([&] { contacts.find("Ann"); });
    CHECK(error.code() == "usage.ambiguous");
    CHECK_THAT(error.what(), Catch::Contains("+15550101") && Catch::Contains("+15550102"));
}

TEST_CASE("a conversation counts its messages and shows the newest")
{
    TestStore store;
    sms::Message inbound = test::make_message("Hello");
    inbound.direction = sms::Direction::inbound;
    std::swap(inbound.from, inbound.to);
    test::store_message(store.scope, inbound);
    sms::Message late = test::make_message("older, found later");
    late.created_at = noon - hours(1);
    test::store_message(store.scope, late);
    store::Conversations conversations(store.scope);
    const auto listed = conversations.list(true, 10);
    REQUIRE(listed.size() == 1);
    CHECK(listed.front().message_count == 2);
    CHECK(listed.front().unread_count == 1);
    CHECK(listed.front().last_message_at == noon);
    CHECK(listed.front().last_message_body == "Hello");
    CHECK(listed.front().our_address == test::our_number);
    CHECK(conversations.count(true) == 1);
    conversations.mark_read(listed.front().row);
    CHECK(conversations.list(true, 10).empty());
    CHECK(conversations.count(true) == 0);
    CHECK(conversations.count(false) == 1);
}

TEST_CASE("an unread message opens a closed conversation")
{
    TestStore store;
    const auto sent = test::store_message(store.scope, test::make_message());
    store.database.connection().execute("UPDATE conversations SET status = 'closed'");
    store::Conversations conversations(store.scope);
    conversations.add_message(sent.conversation_row, sent.row, noon, false);
    CHECK(conversations.by_row(sent.conversation_row)->status == sms::ConversationStatus::closed);
    conversations.add_message(sent.conversation_row, sent.row, noon, true);
    CHECK(conversations.by_row(sent.conversation_row)->status == sms::ConversationStatus::open);
}

TEST_CASE("conversations come newest first")
{
    TestStore store;
    for (int i = 0; i < 3; ++i) {
        sms::Message message = test::make_message();
        message.to += std::to_string(i);
        message.created_at = noon + hours(i == 1 ? 10 : i);
        test::store_message(store.scope, message);
    }
    store::Conversations conversations(store.scope);
    const auto contact = store::Contacts(store.scope).find_or_create("+1999", "", noon);
    conversations.find_or_create(contact.row, test::our_number, noon + hours(20));
    std::vector<std::string> order;
    for (const auto& conversation : conversations.list(false, 0))
        order.push_back(conversation.contact_address);
    CHECK(order == std::vector<std::string>{"+155501001", "+155501002", "+155501000", "+1999"});
    CHECK(conversations.list(false, 2).size() == 2);
    CHECK(conversations.with("+155501002").size() == 1);
}

TEST_CASE("a template is found by name, by id and by what its id begins with")
{
    TestStore store;
    store::Templates templates(store.scope);
    std::vector<std::string> names{"beta", "alpha"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        store::StoredTemplate stored;
        stored.id = fmt::format("tpl_01{}", i);
        stored.name = names[i];
        stored.body = "Hi {{name}}";
        stored.created_at = stored.updated_at = noon;
        templates.insert(stored);
    }
    CHECK(templates.list(0).front().name == "alpha");
    CHECK(templates.list(1).size() == 1);
    CHECK(templates.count() == 2);
    CHECK(templates.resolve("beta").id == "tpl_010");
    CHECK(templates.resolve("tpl_011").name == "alpha");
    CHECK(error_of([&] { templates.resolve("tpl_01"); }).code() == "usage.ambiguous");
    CHECK(error_of([&] { templates.resolve("Beta"); }).code() == "not_found.template");
    store::StoredTemplate changed = templates.resolve("beta");
    changed.name = "gamma";
    changed.body = "x";
    changed.updated_at = noon + hours(1);
    templates.update(changed);
    const auto read = templates.find("gamma");
    CHECK(read->body == "x");
    CHECK(read->created_at == noon);
    CHECK(read->updated_at == noon + hours(1));
    templates.remove(changed);
    CHECK(error_of([&] { templates.remove(changed); }).exit() == Exit::not_found);
    CHECK(templates.count() == 1);
}

TEST_CASE("a number is found by every name it has")
{
    TestStore store;
    store::Numbers numbers(store.scope);
    sms::Number number = test::make_number();
    numbers.insert(number);
    for (const std::string& reference : {number.id,
                                         number.address,
                                         number.provider_id,
                                         number.provider_id.substr(0, 6),
                                         number.id.substr(0, 20)})
        CHECK(numbers.resolve(reference).row == number.row);
    CHECK(error_of([&] { numbers.resolve("PN"); }).exit() == Exit::not_found);
    number.has_previous_webhook = true; // there was one, and it was empty
    number.active = false;
    number.capabilities.mms = false;
    numbers.update(number);
    const auto read = numbers.by_address(number.address);
    CHECK(read->has_previous_webhook);
    CHECK_FALSE(read->active);
    CHECK(read->capabilities == number.capabilities);
    CHECK(numbers.list(false).empty());
    CHECK(numbers.list(true).size() == 1);

    sms::Number back = test::make_number();
    back.provider_id = "PN2";
    numbers.insert(back);
    CHECK(numbers.by_address(number.address)->provider_id == "PN2"); // active ones first
    CHECK(error_of([&] { numbers.resolve("num_"); }).code() == "usage.ambiguous");
}

TEST_CASE("the event log keeps the order of its commits")
{
    TestStore store;
    store::EventLog log(store.scope);
    const auto message = test::store_message(store.scope, test::make_message());
    CHECK(log.newest_seq() == 0);
    const auto append = [&](sms::EventKind kind, std::int64_t row, Instant at) {
        sms::Event event;
        event.kind = kind;
        event.source = sms::EventSource::callback;
        event.message_row = row;
        event.provider_id = row == 0 ? "SM7" : "";
        event.status = "sent";
        event.payload = "MessageStatus=sent";
        event.created_at = at;
        return log.append(event);
    };
    const auto first = append(sms::EventKind::message, message.row, noon);
    const auto second = append(sms::EventKind::refused, 0, noon);
    const auto third = append(sms::EventKind::unchanged, 0, noon + hours(1));
    CHECK(first < second);
    CHECK(log.newest_seq() == third);
    const auto read = log.list({}).front();
    CHECK(read.message_id == message.id);
    CHECK(read.kind == sms::EventKind::message);
    CHECK(read.source == sms::EventSource::callback);
    CHECK(read.payload == "MessageStatus=sent");
    CHECK(log.by_id(read.id)->seq == first);
    struct Row {
        const char* what;
        store::EventQuery query;
        std::vector<std::int64_t> seqs;
    };
    store::EventQuery after;
    after.after_seq = first;
    store::EventQuery of_one;
    of_one.conversation_row = message.conversation_row;
    store::EventQuery since;
    since.since = noon + hours(1);
    store::EventQuery messages;
    messages.kinds = {sms::EventKind::message, sms::EventKind::status};
    store::EventQuery newest;
    newest.limit = 1;
    newest.newest_first = true;
    for (const Row& row : {Row{"after", after, {second, third}},
                           Row{"of a conversation", of_one, {first}},
                           Row{"since", since, {third}},
                           Row{"messages only", messages, {first}},
                           Row{"newest first", newest, {third}}}) {
        INFO(row.what);
        std::vector<std::int64_t> seqs;
        for (const auto& event : log.list(row.query))
            seqs.push_back(event.seq);
        CHECK(seqs == row.seqs);
    }
    REQUIRE(log.orphans("SM7").size() == 1); // never what was refused: anybody can write that
    log.adopt(log.orphans("SM7").front().seq, message.row);
    CHECK(log.orphans("SM7").empty());
    CHECK(log.orphans("").empty());
}

TEST_CASE("an opt-out holds for its sender, or for all of them")
{
    TestStore store;
    store::OptOuts opt_outs(store.scope);
    opt_outs.add("+15550100", "+15550199", "STOP", noon);
    opt_outs.add("+15550100", "+15550199", "QUIT", noon);
    CHECK(opt_outs.find("+15550100", "+15550199")->reason == "STOP");
    CHECK_FALSE(opt_outs.find("+15550100", "+15550198"));
    opt_outs.add("+15550100", "", "provider", noon);
    CHECK(opt_outs.find("+15550100", "+15550198")->reason == "provider");
    CHECK(opt_outs.find("+15550100", "+15550199")->reason == "STOP");
    opt_outs.remove("+15550100", "+15550199");
    CHECK(opt_outs.find("+15550100", "+15550199")->reason == "provider");
    CHECK(opt_outs.remove("+15550100", "", "a mistake", noon));
    CHECK_FALSE(opt_outs.remove("+15550100", "", "a mistake", noon));
    CHECK_FALSE(opt_outs.find("+15550100", "+15550199"));
}

TEST_CASE("every change of an opt-out is in the log, and what changes nothing is not")
{
    TestStore store;
    const auto message = test::store_message(store.scope, test::make_message());
    store::OptOuts opt_outs(store.scope);
    const auto seq = store::EventLog(store.scope).newest_seq();
    CHECK(opt_outs.add(
        "+15550100", "+15550199", "STOP", noon, sms::EventSource::callback, message.row));
    CHECK_FALSE(opt_outs.add("+15550100", "+15550199", "STOP", noon));
    CHECK(opt_outs.remove("+15550100", "+15550199", "START", noon + hours(1)));
    CHECK_FALSE(opt_outs.remove("+15550100", "+15550199", "START", noon + hours(1)));
    const auto events =
        store::EventLog(store.scope).list({.after_seq = seq, .since = {}, .kinds = {}});
    REQUIRE(events.size() == 2);
    CHECK(events[0].kind == sms::EventKind::opt_out);
    CHECK(events[0].status == "added");
    CHECK(events[0].message_id == message.id);
    CHECK(events[1].status == "removed");
    CHECK(events[1].reason == "+15550100 no longer opted out of +15550199: START");
    CHECK_THAT(events[1].payload, Catch::Contains(R"("removal_reason":"START")"));
    CHECK(events[1].created_at == noon + hours(1));
}

TEST_CASE("opt-outs are listed newest first, by sender and by number")
{
    TestStore store;
    store::OptOuts opt_outs(store.scope);
    opt_outs.add("+15550100", "", "one", noon);
    opt_outs.add("+15550100", "+15550199", "two", noon + hours(1));
    opt_outs.add("+15550101", "+15550198", "three", noon + hours(2));
    const auto reasons = [&](const store::OptOutQuery& query) {
        std::string all;
        for (const store::OptOut& row : opt_outs.list(query))
            all += row.reason + " ";
        return all;
    };
    CHECK(reasons({}) == "three two one ");
    CHECK(reasons({.our_address = {}, .with = {}, .limit = 2}) == "three two ");
    CHECK(reasons({.our_address = "+15550199", .with = {}}) == "two one ");
    CHECK(reasons({.our_address = {}, .with = {"+15550100", "+15550102"}}) == "two one ");
    CHECK(reasons({.our_address = "+15550198", .with = {"+15550101"}}) == "three ");
    CHECK(opt_outs.count({.our_address = "+15550199", .with = {}, .limit = 1}) == 2);
    CHECK(opt_outs.of("+15550100").front().reason == "one");
    CHECK(opt_outs.resolve(opt_outs.of("+15550101").front().id).reason == "three");
    CHECK(test::error_of([&] { opt_outs.resolve("opt_"); }).code() == "usage.ambiguous");
}

TEST_CASE("what is scheduled and due is handed out, of every sender, however much it is")
{
    TestStore store;
    store::Outbox outbox(store.scope);
    const auto add = [&](const std::string& sender, bool is_scheduled, Instant due_at) {
        outbox.add({.message_row = test::store_message(store.scope, test::make_message()).row,
                    .sender = sender,
                    .due_at = due_at,
                    .is_scheduled = is_scheduled});
    };
    store::Transaction transaction = store.scope.begin();
    for (int i = 0; i < 502; ++i) // more than a page
        add("+15550199", true, noon - hours(i % 3));
    add("MG1", true, noon);
    add("MG1", true, noon + Millis(1));
    add("MG1", false, noon);
    transaction.commit();
    std::set<std::int64_t> rows;
    outbox.each_due(noon, [&](const store::Waiting& waiting) {
        CHECK(waiting.entry.is_scheduled);
        return rows.insert(waiting.message.row).second;
    });
    CHECK(rows.size() == 503);
    int taken = 0;
    outbox.each_due(noon, [&](const store::Waiting&) { return ++taken < 2; });
    CHECK(taken == 2);
    auto plan = store.database.connection().prepare(
        "EXPLAIN QUERY PLAN SELECT message_id FROM outbox WHERE workspace_id = $1 AND sender = $2 "
        "AND (due_at, message_id) > ($3, $4) AND due_at <= $5 AND is_scheduled = 1");
    REQUIRE(plan.step());
    CHECK_THAT(plan.text(3), Catch::Contains("outbox_scheduled"));
}

TEST_CASE("an entry that is put off is in nobody's hand and due later")
{
    TestStore store;
    store::Outbox outbox(store.scope);
    const std::int64_t row = test::store_message(store.scope, test::make_message()).row;
    outbox.add({.message_row = row,
                .sender = "+15550199",
                .due_at = noon,
                .owner = "somebody",
                .lease_until = noon + hours(1)});
    outbox.defer(row, noon + hours(2));
    store::OutboxEntry entry = outbox.find(row).value();
    CHECK(entry.is_scheduled);
    CHECK(entry.owner.empty());
    CHECK_FALSE(entry.lease_until);
    CHECK(entry.due_at == noon + hours(2));

    entry.is_scheduled = false;
    entry.due_at = noon;
    entry.send_at = noon + hours(3);
    entry.status_callback = "https://example.com/";
    outbox.update(entry);
    entry = outbox.find(row).value();
    CHECK_FALSE(entry.is_scheduled);
    CHECK(entry.due_at == noon);
    CHECK(entry.send_at == noon + hours(3));
    CHECK(entry.status_callback == "https://example.com/");
}

TEST_CASE("an outbox entry is one owner's at a time")
{
    TestStore store;
    store::Outbox outbox(store.scope);
    const auto message = test::store_message(store.scope, test::make_message());
    outbox.add({.message_row = message.row,
                .due_at = noon,
                .status_callback = "https://example.com/\"s\"",
                .validity_seconds = 60});
    CHECK(outbox.find(message.row)->status_callback == "https://example.com/\"s\"");
    CHECK(outbox.find(message.row)->validity_seconds == 60);
    const std::string me = store::this_process();
    CHECK(outbox.claim(message.row, message.row, me, noon + hours(1)));
    CHECK_FALSE(outbox.claim(message.row, message.row, "another", noon + hours(1)));
    CHECK(outbox.claim(message.row, message.row, me, noon + hours(2))); // ours stays ours
    CHECK(outbox.find(message.row)->attempts == 2);
    CHECK(outbox.abandoned(noon).empty());
    // Late, but we live: whatever the clock says, the message is still in our hands.
    CHECK(outbox.abandoned(noon + hours(1000)).empty());
    outbox.release(message.row);
    CHECK(outbox.abandoned(noon + hours(1)).empty());
    CHECK(outbox.claim(message.row, message.row, "another", noon + hours(1)));
    CHECK(outbox.find(message.row)->attempts == 3);
    CHECK(outbox.abandoned(noon).empty());
    CHECK(outbox.abandoned(noon + hours(1)) == std::vector{message.row}); // nobody can say more
    outbox.finish(message.row);
    CHECK_FALSE(outbox.find(message.row));
    CHECK_FALSE(outbox.claim(message.row, message.row, me, noon + hours(1)));
}

TEST_CASE("an owner may end while it is looked at")
{
    const std::string me = store::this_process();
    auto parts = text::split(me, '/');
    // Nobody waits for the children: they are gone from one moment to the next.
    const auto before = std::signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 300; ++i) {
        const pid_t pid = ::fork();
        REQUIRE(pid >= 0);
        if (pid == 0)
            ::_exit(0);
        const std::string number = std::to_string(pid);
        parts.at(3) = number;
        const std::string owner = fmt::format("{}", fmt::join(parts, "/"));
        while (::kill(pid, 0) == 0)
            static_cast<void>(store::liveness(owner));
        CHECK(store::liveness(owner) == store::Liveness::gone);
    }
    std::signal(SIGCHLD, before);
}

TEST_CASE("the owner of a lease is known to be dead, or may live")
{
    const std::string me = store::this_process();
    const auto with = [&me](std::size_t part, std::string_view other) {
        auto parts = text::split(me, '/');
        parts.at(part) = other;
        return fmt::format("{}", fmt::join(parts, "/"));
    };
    using store::Liveness;
    CHECK(store::liveness(me) == Liveness::alive);
    CHECK(store::liveness(with(0, "another")) == Liveness::unknown); // host
    CHECK(store::liveness(with(1, "before")) == Liveness::gone);     // this host booted since
    CHECK(store::liveness(with(1, "")) == Liveness::unknown);
    CHECK(store::liveness(with(2, "pid:[1]")) == Liveness::unknown); // another container
    CHECK(store::liveness(with(3, "one")) == Liveness::unknown);
    CHECK(store::liveness(me + "0") == Liveness::gone); // the pid was given out again
    CHECK(store::liveness("no owner at all") == Liveness::unknown);
    CHECK(store::liveness("") == Liveness::unknown);

    int channel[2] = {-1, -1};
    REQUIRE(::pipe(channel) == 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        const std::string name = store::this_process();
        const auto written = ::write(channel[1], name.data(), name.size());
        ::_exit(written > 0 ? 0 : 1);
    }
    ::close(channel[1]);
    std::string child(200, '\0');
    child.resize(static_cast<std::size_t>(::read(channel[0], child.data(), child.size())));
    ::close(channel[0]);
    ::waitpid(pid, nullptr, 0);
    CHECK(store::liveness(child) == Liveness::gone);

    TestStore store;
    store::Outbox outbox(store.scope);
    const auto message = test::store_message(store.scope, test::make_message());
    store::OutboxEntry entry;
    entry.message_row = message.row;
    outbox.add(entry);
    REQUIRE(outbox.claim(message.row, message.row, child, noon + hours(1)));
    CHECK(outbox.abandoned(noon) == std::vector{message.row});
    store::Leases leases(store.scope);
    CHECK(leases.take("sync", child, noon, hours(1)));
    CHECK(leases.take("sync", me, noon, hours(1)));
}

TEST_CASE("a lease is held until it is released or runs out")
{
    TestStore store;
    store::Leases leases(store.scope);
    CHECK(leases.take("reconcile", "one", noon, hours(1)));
    CHECK(leases.take("reconcile", "one", noon, hours(2)));
    CHECK_FALSE(leases.take("reconcile", "two", noon + hours(1), hours(1)));
    CHECK(leases.take("sync", "two", noon, hours(1)));
    CHECK(leases.take("reconcile", "two", noon + hours(2), hours(1)));
    leases.release("reconcile", "one");
    CHECK_FALSE(leases.take("reconcile", "one", noon + hours(2), hours(1)));
    leases.release("reconcile", "two");
    CHECK(leases.take("reconcile", "one", noon + hours(2), hours(1)));
}
