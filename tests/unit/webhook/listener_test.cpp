#include "core/error.hpp"
#include "store/messages.hpp"
#include "support/builders.hpp"
#include "unit/webhook/running_listener.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace smsctl;
using test::form_post;
using test::inbound_form;
using test::post;
using test::RunningListener;
using test::sid;
using test::status_form;

namespace {

std::string last_refusal(const RunningListener& running)
{
    return running.value(
        "SELECT reason FROM events WHERE kind = 'refused' ORDER BY seq DESC LIMIT 1");
}

http::Form with(http::Form form, std::string_view name, std::string_view value)
{
    for (auto& [key, old] : form)
        if (key == name)
            old = value;
    return form;
}

/// Opens once, for all who wait.
class Gate {
public:
    void wait() const { m_opened.wait(); }
    void open() { m_promise.set_value(); }

private:
    std::promise<void> m_promise;
    std::shared_future<void> m_opened{m_promise.get_future()};
};

} // namespace

TEST_CASE("a signed text is stored, answered with an empty response and handed on")
{
    RunningListener running;
    const http::Response answer =
        test::answer_to(form_post(running.url(), inbound_form(sid(1), "Hello")));

    CHECK(answer.status == 200);
    CHECK(http::header(answer.headers, "Content-Type").find("xml") != std::string_view::npos);
    CHECK(answer.body.find("<Response/>") != std::string::npos);
    REQUIRE(running.received.wait_for(1));
    const webhook::Received received = running.received.all().front();
    CHECK(received.workspace.name == "prod");
    CHECK(received.event.kind == sms::EventKind::message);
    REQUIRE(received.message);
    CHECK(received.message->body == "Hello");
    CHECK(running.rows("SELECT unread_count, message_count, status FROM conversations") ==
          std::vector<std::vector<std::string>>{{"1", "1", "open"}});
}

TEST_CASE("many requests at once are each in the database before their answer leaves")
{
    constexpr int clients = 8;
    constexpr int each = 12;
    std::atomic<int> missing = 0;
    std::string location;
    // Another connection's view, opened anew for each: what a crash would leave.
    const auto is_stored = [&location](const std::string& provider_id) {
        return !store::query_read_only(
                    location,
                    fmt::format("SELECT 1 FROM messages WHERE provider_id = '{}'", provider_id))
                    .rows.empty();
    };
    RunningListener running({}, {}, [&](const webhook::Received& received) {
        missing += is_stored(received.event.provider_id) ? 0 : 1;
    });
    location = running.location();
    std::atomic<int> taken = 0;
    {
        std::vector<std::jthread> threads;
        for (int client = 0; client < clients; ++client)
            threads.emplace_back([&, client] {
                for (int i = 0; i < each; ++i) {
                    const std::string id = sid(client * each + i);
                    taken += post(form_post(running.url(), inbound_form(id, "x"))) == 200 ? 1 : 0;
                    missing += is_stored(id) ? 0 : 1;
                }
            });
    }
    CHECK(taken == clients * each);
    CHECK(missing == 0);
    CHECK(running.value("SELECT count(*) FROM messages") == std::to_string(clients * each));
    CHECK(running.problems.all().empty());
}

TEST_CASE("of refused requests only the newest are kept, and nothing else goes")
{
    RunningListener running([](webhook::ListenerOptions& options) {
        options.refused_kept = 3;
        options.refused_at_once = 2;
    });
    CHECK(post(form_post(running.url(), inbound_form(sid(1), "Hello"))) == 200);
    for (int i = 0; i < 9; ++i)
        CHECK(post(form_post(running.url(), inbound_form(sid(10 + i), "Hello"), "guessed")) == 403);
    CHECK(running.rows("SELECT provider_id FROM events WHERE kind = 'refused' ORDER BY seq") ==
          std::vector<std::vector<std::string>>{{sid(16)}, {sid(17)}, {sid(18)}});
    CHECK(running.value("SELECT count(*) FROM events WHERE kind = 'message'") == "1");
}

TEST_CASE("a repeat is answered 200 and changes nothing")
{
    RunningListener running;
    const http::Request request = form_post(running.url(), inbound_form(sid(1), "Hello"));
    CHECK(post(request) == 200);
    CHECK(post(request) == 200);
    CHECK(running.rows("SELECT count(*), sum(unread_count) FROM conversations") ==
          std::vector<std::vector<std::string>>{{"1", "1"}});
    REQUIRE(running.received.wait_for(2));
    CHECK(running.received.all().at(1).event.kind == sms::EventKind::unchanged);
}

TEST_CASE("what cannot be believed is refused, recorded and never applied")
{
    RunningListener running;
    running.add_workspace("other", "AC00000000000000000000000000000002", "+14155550199");
    struct Case {
        std::string name;
        int status;
        std::string reason;
        std::function<http::Request(const std::string& url)> request;
    };
    const auto form = inbound_form(sid(1), "Hello");
    const std::vector<Case> cases = {
        {"no signature",
         403,
         "no X-Twilio-Signature",
         [&](const auto& url) { return form_post(url, form, ""); }},
        {"another token",
         403,
         "does not match",
         [&](const auto& url) { return form_post(url, form, "guessed"); }},
        {"a signature for another URL",
         403,
         "does not match",
         [&](const auto& url) {
             return form_post(url, form, test::hook_token, "https://example.com/");
         }},
        {"a changed text",
         403,
         "does not match",
         [&](const auto& url) {
             http::Request request = form_post(url, form);
             request.body = http::encode_form(with(form, "Body", "Send money"));
             return request;
         }},
        {"our number in another account's request",
         403,
         "is account",
         [&](const auto& url) {
             return form_post(url, with(form, "AccountSid", "AC00000000000000000000000000000002"));
         }},
        {"a number nobody has",
         404,
         "no workspace here has the number +14155550111",
         [&](const auto& url) { return form_post(url, with(form, "To", "+14155550111")); }},
        {"no message id",
         400,
         "no MessageSid",
         [&](const auto& url) { return form_post(url, with(form, "MessageSid", "")); }},
    };
    for (const Case& row : cases)
        DYNAMIC_SECTION(row.name)
        {
            const http::Request request = row.request(running.url());
            CHECK(post(request) == row.status);
            CHECK(last_refusal(running).find(row.reason) != std::string::npos);
            CHECK(running.value("SELECT payload FROM events") == request.body);
            CHECK(running.value("SELECT count(*) FROM messages") == "0");
            CHECK(running.value("SELECT count(*) FROM contacts") == "0");
            REQUIRE(running.received.wait_for(1));
            CHECK(running.received.all().front().http_status == row.status);
        }
}

TEST_CASE("a workspace without a webhook secret refuses and says how to give it one")
{
    RunningListener running({}, [](const Workspace&) -> Secret {
        throw Error(Exit::auth, "auth.no_webhook_secret", "it has no Auth Token", "type this");
    });
    CHECK(post(form_post(running.url(), inbound_form(sid(1), "Hello"))) == 403);
    CHECK(last_refusal(running) == "it has no Auth Token; type this");
}

TEST_CASE("unsigned requests are taken where that was allowed, wrongly signed ones never")
{
    RunningListener running([](auto& options) { options.allow_unsigned = true; });
    CHECK(post(form_post(running.url(), inbound_form(sid(1), "Hello"), "")) == 200);
    CHECK(post(form_post(running.url(), inbound_form(sid(2), "Hello"), "guessed")) == 403);
    CHECK(running.value("SELECT count(*) FROM messages") == "1");
}

TEST_CASE("a request behind a public URL is checked against that URL alone")
{
    RunningListener running([](auto& options) { options.public_url = "https://sms.example"; });
    const auto form = inbound_form(sid(1), "Hello");
    CHECK(post(form_post(running.url(), form)) == 403);
    CHECK(post(form_post(running.url(), form, test::hook_token, "https://sms.example/")) == 200);
}

TEST_CASE("a request by GET carries its parameters in the query")
{
    RunningListener running;
    http::Request request;
    request.url = running.url("/?" + http::encode_form(inbound_form(sid(1), "Hello there")));
    request.timeout = test::patience;
    request.headers = form_post(request.url, {}).headers;
    CHECK(post(request) == 200);
    CHECK(running.value("SELECT body FROM messages") == "Hello there");
}

TEST_CASE("each text reaches the workspace that owns the number")
{
    const std::string other_number = "+14155550199";
    const auto other_form =
        with(with(inbound_form(sid(1), "Hello"), "To", other_number), "AccountSid", "AC2");
    SECTION("all workspaces")
    {
        RunningListener running;
        const Workspace other = running.add_workspace("other", "AC2", other_number);
        CHECK(post(form_post(running.url(), other_form)) == 200);
        CHECK(running.value("SELECT workspace_id FROM messages") == std::to_string(other.row));
    }
    SECTION("only the one that was named")
    {
        RunningListener running([](auto& options) { options.only_home = true; });
        running.add_workspace("other", "AC2", other_number);
        CHECK(post(form_post(running.url(), other_form)) == 404);
        CHECK(running.value("SELECT count(*) FROM messages") == "0");
    }
    SECTION("a Messaging Service's number that was not synced, by account")
    {
        RunningListener running;
        auto form = with(inbound_form(sid(1), "Hello"), "To", "+14155550111");
        form.emplace_back("MessagingServiceSid", "MG00000000000000000000000000000001");
        CHECK(post(form_post(running.url(), form)) == 200);
    }
}

TEST_CASE("news about a message that is not stored yet is kept")
{
    RunningListener running;
    CHECK(post(form_post(running.url(), status_form(sid(1), "delivered"))) == 200);
    CHECK(running.rows("SELECT kind, status, provider_id FROM events") ==
          std::vector<std::vector<std::string>>{{"unchanged", "delivered", sid(1)}});
}

TEST_CASE("only its path and POST or GET are served")
{
    RunningListener running([](auto& options) { options.path = "/hook"; });
    const auto form = inbound_form(sid(1), "Hello");
    CHECK(post(form_post(running.url("/hook?x=1"), form)) == 200);
    CHECK(post(form_post(running.url("/"), form)) == 404);
    http::Request request = form_post(running.url("/hook"), form);
    request.method = "PUT";
    CHECK(post(request) == 405);
    request.method = "HEAD";
    CHECK(post(request) == 405);
}

TEST_CASE("one request that cannot be stored takes no other along")
{
    RunningListener running;
    running.database.connection().execute(
        "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN NEW.body = 'poison' "
        "BEGIN SELECT RAISE(ABORT, 'poisoned'); END");
    std::atomic<int> taken = 0;
    std::atomic<int> failed = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&, i] {
                const int status = post(
                    form_post(running.url(), inbound_form(sid(i), i % 4 == 0 ? "poison" : "x")));
                taken += status == 200 ? 1 : 0;
                failed += status >= 500 ? 1 : 0;
            });
    }
    CHECK(taken == 6);
    CHECK(failed == 2);
    CHECK(running.value("SELECT count(*) FROM messages") == "6");
    CHECK(running.problems.wait_for(2));
}

TEST_CASE("when the database drops a whole transaction nothing of it is stored or answered 200")
{
    Gate gate;
    std::promise<void> in_hand;
    std::atomic<bool> first = true;
    RunningListener running({}, [&](const Workspace&) {
        if (first.exchange(false))
            in_hand.set_value();
        gate.wait();
        return Secret(std::string(test::hook_token));
    });
    // What SQLite does by itself on a full disk.
    running.database.connection().execute(
        "CREATE TRIGGER drop_all BEFORE INSERT ON messages WHEN NEW.body = 'poison' "
        "BEGIN SELECT RAISE(ROLLBACK, 'dropped'); END");
    std::vector<std::future<int>> answers;
    const auto send = [&](int number, const std::string& body) {
        answers.push_back(std::async(std::launch::async, [&running, number, body] {
            return post(form_post(running.url(), inbound_form(sid(number), body)));
        }));
    };
    send(0, "alone"); // taken by the writer, which now waits for the secret
    REQUIRE(in_hand.get_future().wait_for(test::patience) == std::future_status::ready);
    const std::vector<std::string> together{"before", "poison", "after"};
    for (int number = 1; number <= 3; ++number) { // in this order, into one batch
        send(number, together.at(static_cast<std::size_t>(number) - 1));
        REQUIRE(running.handed_over.wait_for(static_cast<std::size_t>(number) + 1));
    }
    gate.open();
    CHECK(answers.at(0).get() == 200);
    for (std::size_t i = 1; i < answers.size(); ++i)
        CHECK(answers.at(i).get() == 503);
    CHECK(running.rows("SELECT body FROM messages") ==
          std::vector<std::vector<std::string>>{{"alone"}});
    CHECK(post(form_post(running.url(), inbound_form(sid(1), "before"))) == 200);
    CHECK(post(form_post(running.url(), inbound_form(sid(3), "after"))) == 200);
    CHECK(running.value("SELECT count(*) FROM messages") == "3");
}

TEST_CASE("of a stranger's request only the beginning is kept")
{
    RunningListener running;
    const auto form = inbound_form(sid(1), std::string(500'000, 'x'));
    CHECK(post(form_post(running.url(), form, "guessed")) == 403);
    CHECK(running.value("SELECT length(payload) <= 4096 FROM events") == "1");
}

TEST_CASE("news about another workspace's message is not taken for the one that was named")
{
    RunningListener running([](auto& options) { options.only_home = true; });
    Workspace twin = running.add_workspace("twin", test::hook_account, test::hook_number);
    store::Scope its = running.database.scope(twin);
    sms::Message message = test::make_message();
    message.provider_id = sid(1);
    message.status = sms::Status::queued;
    test::store_message(its, message);
    CHECK(post(form_post(running.url(), status_form(sid(1), "delivered"))) == 404);
    CHECK(running.value("SELECT status FROM messages") == "queued");
}

TEST_CASE("requests beyond what may wait get 503; those that wait are answered at the end")
{
    Gate gate;
    std::promise<void> in_hand;
    std::atomic<bool> first = true;
    RunningListener running([](auto& options) { options.max_waiting = 2; },
                            [&](const Workspace&) {
                                if (first.exchange(false))
                                    in_hand.set_value();
                                gate.wait();
                                return Secret(std::string(test::hook_token));
                            });
    std::vector<std::future<int>> answers;
    const auto send = [&](int number) {
        answers.push_back(std::async(std::launch::async, [&running, number] {
            return post(form_post(running.url(), inbound_form(sid(number), "x")));
        }));
    };
    send(0); // taken by the writer, which now waits for the secret
    REQUIRE(in_hand.get_future().wait_for(test::patience) == std::future_status::ready);
    send(1);
    send(2);
    REQUIRE(running.handed_over.wait_for(3));
    CHECK(post(form_post(running.url(), inbound_form(sid(3), "x"))) == 503);
    running.server_thread.request_stop(); // takes no new requests, waits for those in hand
    gate.open();
    running.stop();
    for (auto& answer : answers)
        CHECK(answer.get() == 200);
    CHECK(running.value("SELECT count(*) FROM messages") == "3");
}

TEST_CASE("an observer that throws costs nobody an answer")
{
    RunningListener running(
        {}, {}, [](const webhook::Received&) { throw std::runtime_error("cannot print"); });
    CHECK(post(form_post(running.url(), inbound_form(sid(1), "Hello"))) == 200);
    CHECK(post(form_post(running.url(), inbound_form(sid(2), "Hello"))) == 200);
    CHECK(running.problems.all().size() == 2);
}
