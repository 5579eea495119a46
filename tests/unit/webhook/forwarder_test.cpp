#include "core/error.hpp"
#include "providers/twilio/signature.hpp"
#include "store/messages.hpp"
#include "support/builders.hpp"
#include "unit/webhook/running_listener.hpp"
#include "updates/removal.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <vector>

using namespace smsctl;
using test::form_post;
using test::inbound_form;
using test::LoopbackServer;
using test::post;
using test::RunningListener;
using test::sid;
using test::status_form;

namespace {

webhook::ForwarderOptions to(std::string url)
{
    webhook::ForwarderOptions options;
    options.url = std::move(url);
    options.retry.first_pause = Millis(1);
    options.answer_within = test::patience;
    options.attempt_within = test::patience;
    return options;
}

http::ServerResponse answering(int status, std::string body = {})
{
    return {status, {{"Content-Type", "application/xml"}, {"Set-Cookie", "a=b"}}, std::move(body)};
}

std::string state(const RunningListener& running)
{
    return running.value("SELECT state || ' ' || attempts FROM forwards ORDER BY event_seq DESC");
}

/// Answers that a test gives when it likes.
class Reluctant {
public:
    Reluctant()
        : server(
              http::Server::Handler([this](http::ServerRequest request, http::Responder respond) {
                  waiting.add(std::make_shared<http::Responder>(std::move(respond)));
                  static_cast<void>(request);
              }))
    {
    }

    test::Arrivals<std::shared_ptr<http::Responder>> waiting;
    LoopbackServer server;
};

} // namespace

TEST_CASE("the application is told what came, signed for its own address, and answers for us")
{
    LoopbackServer application([](const http::ServerRequest&) {
        return answering(201, "<Response><Message>Hi</Message></Response>");
    });
    RunningListener running({}, {}, {}, to(application.url("/sms?key=1")));
    http::Request request = form_post(running.url("/?x=%31"), inbound_form(sid(1), "Hello +1"));
    request.headers.emplace_back("I-Twilio-Idempotency-Token", "token-1");
    request.headers.emplace_back("Cookie", "session=secret");
    const http::Response answer = test::answer_to(request);

    CHECK(answer.status == 201);
    CHECK(answer.body == "<Response><Message>Hi</Message></Response>");
    CHECK(http::header(answer.headers, "Content-Type") == "application/xml");
    CHECK(http::header(answer.headers, "Set-Cookie").empty());
    REQUIRE(application.wait_for_requests(1));
    const http::ServerRequest told = application.requests().front();
    CHECK(told.method == "POST");
    CHECK(told.target == "/sms?key=1&x=%31");
    CHECK(told.body == request.body);
    CHECK(http::header(told.headers, "Content-Type") ==
          "application/x-www-form-urlencoded; charset=UTF-8");
    CHECK(http::header(told.headers, "I-Twilio-Idempotency-Token") == "token-1");
    CHECK(http::header(told.headers, "Cookie").empty());
    CHECK(http::header(told.headers, "Authorization").empty());
    CHECK(http::header(told.headers, "X-Smsctl-Event") ==
          running.value("SELECT public_id FROM events"));
    CHECK(providers::twilio::verify(application.url("/sms?key=1&x=%31"),
                                    inbound_form(sid(1), "Hello +1"),
                                    http::header(told.headers, "X-Twilio-Signature"),
                                    test::hook_token));
    REQUIRE(running.attempts.wait_for(1));
    CHECK(state(running) == "done 1");
    CHECK(running.value("SELECT last_status FROM forwards") == "201");
    CHECK(running.attempts.all().front().forward.state == sms::ForwardState::done);
}

TEST_CASE("a request by GET is told by GET")
{
    LoopbackServer application([](const http::ServerRequest&) { return answering(204); });
    RunningListener running({}, {}, {}, to(application.url("/")));
    http::Request request;
    request.url = running.url("/?" + http::encode_form(inbound_form(sid(1), "Hello")));
    request.timeout = test::patience;
    request.headers = {
        {"X-Twilio-Signature", providers::twilio::sign(request.url, {}, test::hook_token)}};
    CHECK(post(request) == 204);
    const http::ServerRequest told = application.requests().at(0);
    CHECK(told.method == "GET");
    CHECK(told.target == "/?" + http::encode_form(inbound_form(sid(1), "Hello")));
    CHECK(providers::twilio::verify(application.url(told.target),
                                    {},
                                    http::header(told.headers, "X-Twilio-Signature"),
                                    test::hook_token));
}

TEST_CASE("what is news is told: the first of each kind, and no repeat or refused one")
{
    LoopbackServer application([](const http::ServerRequest&) { return answering(200); });
    RunningListener running({}, {}, {}, to(application.url()));
    sms::Message message = test::make_message();
    message.provider_id = sid(1);
    message.status = sms::Status::queued;
    store::Scope scope = running.scope();
    test::store_message(scope, message);
    const auto tell = [&](const http::Form& form, std::string_view token = test::hook_token) {
        return post(form_post(running.url(), form, token));
    };
    CHECK(tell(status_form(sid(1), "delivered")) == 200);
    CHECK(tell(status_form(sid(1), "sent")) == 200); // late, and not told before
    CHECK(tell(status_form(sid(1), "sent")) == 200);
    CHECK(tell(status_form(sid(1), "delivered")) == 200);
    CHECK(tell(status_form(sid(2), "sent")) == 200); // of a message that is not here yet
    CHECK(tell(status_form(sid(2), "sent")) == 200);
    CHECK(tell(inbound_form(sid(3), "Hello")) == 200);
    CHECK(tell(inbound_form(sid(3), "Hello")) == 200);
    CHECK(tell(inbound_form(sid(4), "Hello"), "guessed") == 403);
    std::vector<std::string> told;
    for (const http::ServerRequest& request : application.requests()) {
        const http::Form form = http::decode_form(request.body);
        told.push_back(fmt::format(
            "{} {}", http::first(form, "MessageSid").back(), http::first(form, "SmsStatus")));
    }
    CHECK(told == std::vector<std::string>{"1 delivered", "1 sent", "2 sent", "3 received"});
    CHECK(running.value("SELECT count(*) FROM forwards") == "4");
}

TEST_CASE("a webhook of a message that was removed since is not told again")
{
    LoopbackServer application([](const http::ServerRequest&) { return answering(200); });
    RunningListener running({}, {}, {}, to(application.url()));
    const auto tell = [&](const http::Form& form) { return post(form_post(running.url(), form)); };
    REQUIRE(tell(inbound_form(sid(1), "Hello")) == 200);
    REQUIRE(running.attempts.wait_for(1)); // committed with its outcome
    store::Scope scope = running.scope();
    updates::Removal removal(scope, running.clock, nullptr);
    removal.remove({store::Messages(scope).by_provider_id(sid(1)).value()}, "test");
    CHECK(tell(inbound_form(sid(1), "Hello")) == 200);
    CHECK(tell(status_form(sid(1), "delivered")) == 200);
    CHECK(application.requests().size() == 1);
    CHECK(running.value("SELECT count(*) FROM forwards") == "0");
    CHECK(running.value("SELECT count(*) FROM messages") == "0");
    CHECK_FALSE(running.received.all().back().is_news);
}

TEST_CASE("an application that fails is told again, and its late answer still passed back")
{
    std::atomic<int> tries = 0;
    LoopbackServer application([&tries](const http::ServerRequest&) {
        return ++tries < 3 ? answering(500) : answering(200, "<Response/>third");
    });
    RunningListener running({}, {}, {}, to(application.url()));
    const auto answer = test::answer_to(form_post(running.url(), inbound_form(sid(1), "Hello")));
    CHECK(answer.body == "<Response/>third");
    REQUIRE(running.attempts.wait_for(3));
    CHECK(state(running) == "done 3");
    const auto attempts = running.attempts.all();
    CHECK(attempts.at(0).forward.error == "answered 500");
    CHECK(attempts.at(0).forward.state == sms::ForwardState::waiting);
    CHECK(attempts.at(2).forward.error.empty());
    CHECK(http::header(application.requests().at(0).headers, "X-Smsctl-Event") ==
          http::header(application.requests().at(2).headers, "X-Smsctl-Event"));
}

TEST_CASE("what never succeeds is given up, and the provider told that it was taken")
{
    struct Case {
        std::string name;
        int status;
        std::string error;
    };
    const auto& row = GENERATE(values<Case>({
        {"a server error", 503, "answered 503"},
        {"a refusal", 404, "answered 404"},
        {"a redirect", 302, "redirected with 302"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        LoopbackServer application([&row](const http::ServerRequest&) {
            http::ServerResponse response = answering(row.status);
            response.headers.emplace_back("Location", "/elsewhere");
            return response;
        });
        webhook::ForwarderOptions options = to(application.url());
        options.retry.retries = 2;
        RunningListener running({}, {}, {}, options);
        const auto answer =
            test::answer_to(form_post(running.url(), inbound_form(sid(1), "Hello")));
        CHECK(answer.status == 200);
        CHECK(answer.body.find("<Response/>") != std::string::npos);
        REQUIRE(running.attempts.wait_for(3));
        CHECK(state(running) == "given_up 3");
        CHECK(running.value("SELECT last_error FROM forwards") == row.error);
        CHECK(running.value("SELECT coalesce(next_try_at, 'none') FROM forwards") == "none");
        CHECK(application.requests().size() == 3);
        for (const http::ServerRequest& request : application.requests())
            CHECK(request.target == "/");
    }
}

TEST_CASE("an application that asks for a pause gets it")
{
    LoopbackServer application([](const http::ServerRequest&) {
        http::ServerResponse response = answering(503);
        response.headers.emplace_back("Retry-After", "600");
        return response;
    });
    RunningListener running({}, {}, {}, to(application.url()));
    CHECK(post(form_post(running.url(), inbound_form(sid(1), "Hello"))) == 200); // and at once
    REQUIRE(running.attempts.wait_for(1));
    CHECK(running.value("SELECT next_try_at - created_at >= 600000 FROM forwards JOIN events ON "
                        "seq = event_seq") == "1");
}

TEST_CASE("pauses double, spread, and have an end")
{
    const webhook::RetryPolicy policy;
    const auto pause = [&policy](int attempts, double random) {
        sms::Forward forward;
        forward.attempts = attempts - 1;
        webhook::RetryPolicy patient = policy;
        patient.retries = 100;
        const auto after =
            webhook::after_attempt(forward, http::TransportError{}, patient, test::noon, random);
        return (*after.next_try_at - test::noon).count();
    };
    CHECK(pause(1, 0) == 500);
    CHECK(pause(1, 0.999999) == 999);
    CHECK(pause(4, 0) == 4000);
    CHECK(pause(50, 0) == 150'000);
    CHECK(pause(50, 0.999999) == 299'999);
}

TEST_CASE("a slow application does not keep the provider waiting, and is waited for itself")
{
    Reluctant application;
    webhook::ForwarderOptions options = to(application.server.url());
    options.answer_within = Millis(1);
    RunningListener running({}, {}, {}, options);
    const auto answer = test::answer_to(form_post(running.url(), inbound_form(sid(1), "Hello")));
    CHECK(answer.status == 200);
    CHECK(answer.body.find("<Response/>") != std::string::npos);
    REQUIRE(application.waiting.wait_for(1));
    CHECK(state(running) == "waiting 0");
    (*application.waiting.all().front())(answering(200));
    REQUIRE(running.attempts.wait_for(1));
    CHECK(state(running) == "done 1");
}

TEST_CASE("at the end what is in flight is finished, and what waits is left to the next listener")
{
    Reluctant slow;
    webhook::ForwarderOptions options = to(slow.server.url());
    options.retry.first_pause = std::chrono::hours(1);
    RunningListener running({}, {}, {}, options);
    auto failing = std::async(std::launch::async, [&] {
        return post(form_post(running.url(), inbound_form(sid(1), "fails")));
    });
    REQUIRE(slow.waiting.wait_for(1));
    (*slow.waiting.all().front())(answering(500));
    CHECK(failing.get() == 200);
    auto finishing = std::async(std::launch::async, [&] {
        return test::answer_to(form_post(running.url(), inbound_form(sid(2), "finishes")));
    });
    REQUIRE(slow.waiting.wait_for(2));
    auto ending = std::async(std::launch::async, [&] { running.stop(); });
    (*slow.waiting.all().back())(answering(200, "in time"));
    CHECK(finishing.get().body == "in time");
    ending.get();
    CHECK(running.rows("SELECT state, coalesce(owner, 'nobody') = 'nobody' FROM forwards ORDER BY "
                       "event_seq") ==
          std::vector<std::vector<std::string>>{{"waiting", "1"}, {"done", "0"}});

    // Another life, to another address, an hour later.
    LoopbackServer next([](const http::ServerRequest&) { return answering(200); });
    running.database.connection().execute("UPDATE forwards SET next_try_at = 1 WHERE state = "
                                          "'waiting'");
    webhook::ForwarderOptions again = to(next.url("/new"));
    again.home = running.workspace;
    test::Arrivals<webhook::ForwardAttempt> attempts;
    webhook::Forwarder forwarder(
        running.location(),
        again,
        [](const Workspace&) { return Secret(std::string(test::hook_token)); },
        [&attempts](const webhook::ForwardAttempt& attempt) { attempts.add(attempt); },
        {},
        running.clock,
        {});
    REQUIRE(attempts.wait_for(1));
    CHECK(attempts.all().front().forward.url == next.url("/new"));
    CHECK(attempts.all().front().forward.attempts == 2);
    CHECK(http::first(http::decode_form(next.requests().at(0).body), "Body") == "fails");
    CHECK(running.value("SELECT count(*) FROM forwards WHERE state = 'done'") == "2");
}

TEST_CASE("what is in flight is not waited for without end")
{
    Reluctant application;
    webhook::ForwarderOptions options = to(application.server.url());
    options.drain = Millis(1);
    RunningListener running({}, {}, {}, options);
    auto answer = std::async(std::launch::async, [&] {
        return post(form_post(running.url(), inbound_form(sid(1), "Hello")));
    });
    REQUIRE(application.waiting.wait_for(1));
    running.stop();
    CHECK(answer.get() == 200);
    CHECK(state(running) == "waiting 0");
}

TEST_CASE("without a secret an unsigned webhook is told unsigned where that is allowed")
{
    LoopbackServer application([](const http::ServerRequest&) { return answering(200); });
    const auto no_secret = [](const Workspace&) -> Secret {
        throw Error(Exit::auth, "auth.no_webhook_secret", "it has no Auth Token");
    };
    RunningListener running(
        [](auto& options) { options.allow_unsigned = true; }, no_secret, {}, to(application.url()));
    CHECK(post(form_post(running.url(), inbound_form(sid(1), "Hello"), "")) == 200);
    REQUIRE(application.wait_for_requests(1));
    CHECK(http::header(application.requests().front().headers, "X-Twilio-Signature").empty());
}

TEST_CASE("more than can be in hand at once all reach the application, as often as it takes")
{
    constexpr int clients = 16;
    constexpr int each = 40;
    std::mutex mutex;
    std::map<std::string, int> told;
    LoopbackServer application([&](const http::ServerRequest& request) {
        const std::lock_guard lock(mutex);
        // Fails the first time: some are due again while others arrive.
        return answering(
            ++told[std::string(http::header(request.headers, "X-Smsctl-Event"))] == 1 ? 500 : 200);
    });
    webhook::ForwarderOptions options = to(application.url());
    options.answer_within = Millis(0); // so that the forwarder falls behind
    RunningListener running({}, {}, {}, options);
    {
        std::vector<std::jthread> threads;
        for (int client = 0; client < clients; ++client)
            threads.emplace_back([&, client] {
                for (int i = 0; i < each; ++i)
                    static_cast<void>(
                        post(form_post(running.url(), inbound_form(sid(client * each + i), "x"))));
            });
    }
    REQUIRE(running.attempts.wait_for(2 * clients * each));
    running.stop();
    CHECK(running.value("SELECT count(*) FROM forwards WHERE state = 'done' AND attempts = 2") ==
          std::to_string(clients * each));
    CHECK(told.size() == clients * each);
    CHECK(std::all_of(told.begin(), told.end(), [](const auto& one) { return one.second == 2; }));
}
