#include "store/messages.hpp"
#include "store/reply_rules.hpp"
#include "support/builders.hpp"
#include "unit/webhook/running_listener.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>

using namespace smsctl;
using test::answer_to;
using test::form_post;
using test::inbound_form;
using test::RunningListener;
using test::sid;

namespace {

void answer_all(webhook::ListenerOptions& options)
{
    options.reply.text = "Thanks & bye";
}

http::Request with_token(http::Request request, const std::string& token)
{
    request.headers.emplace_back("I-Twilio-Idempotency-Token", token);
    return request;
}

bool has_reply(const http::Response& answer)
{
    return answer.body.find("<Message") != std::string::npos;
}

/// The URL that the answer wants the reply's statuses at.
std::string status_callback(const http::Response& answer)
{
    constexpr std::string_view before = "statusCallback=\"";
    const std::size_t from = answer.body.find(before) + before.size();
    return answer.body.substr(from, answer.body.find('"', from) - from);
}

} // namespace

TEST_CASE("a text is answered with the reply, its report makes it a sent message")
{
    RunningListener running(answer_all);
    const http::Response answer =
        answer_to(form_post(running.url("/?x=1"), inbound_form(sid(1), "Hello")));
    CHECK(answer.status == 200);
    CHECK(http::header(answer.headers, "Content-Type") == "text/xml; charset=utf-8");
    CHECK(answer.body.find("<Body>Thanks &amp; bye</Body>") != std::string::npos);
    REQUIRE(running.received.wait_for(1));
    const webhook::Received received = running.received.all().front();
    REQUIRE(received.reply);
    REQUIRE(received.event.reply);
    CHECK(received.event.reply->message_id == received.reply->id);

    const std::string url = status_callback(answer);
    CHECK(url == running.url("/?smsctl-reply=" + received.reply->id));
    CHECK(test::post(form_post(url, test::status_form(sid(2), "sent"))) == 200);
    CHECK(test::post(form_post(url, test::status_form(sid(2), "delivered"))) == 200);
    store::Scope scope = running.scope();
    const auto reply = store::Messages(scope).by_id(received.reply->id);
    REQUIRE(reply);
    CHECK(reply->provider_id == sid(2));
    CHECK(reply->status == sms::Status::delivered);
    CHECK(reply->sent_at);
}

TEST_CASE("a repeat gets no reply, another attempt at the same delivery the same one")
{
    RunningListener running(answer_all);
    const http::Request request = form_post(running.url(), inbound_form(sid(1), "Hello"));
    const http::Response first = answer_to(with_token(request, "one"));
    CHECK(has_reply(first));
    CHECK_FALSE(has_reply(answer_to(with_token(request, "two"))));
    CHECK_FALSE(has_reply(answer_to(request)));
    CHECK(answer_to(with_token(request, "one")).body == first.body);
    CHECK(running.value("SELECT count(*) FROM messages WHERE direction = 'outbound'") == "1");
    CHECK(running.value("SELECT count(*) FROM replies") == "1");
}

TEST_CASE("status callbacks, refused requests and opt-out words are not answered with a reply")
{
    RunningListener running(answer_all);
    CHECK_FALSE(has_reply(answer_to(form_post(running.url(), test::status_form(sid(1), "sent")))));
    CHECK_FALSE(
        has_reply(answer_to(form_post(running.url(), inbound_form(sid(2), "Hello"), "guessed"))));
    CHECK_FALSE(has_reply(answer_to(form_post(running.url(), inbound_form(sid(3), "STOP")))));
    CHECK_FALSE(has_reply(answer_to(form_post(running.url(), inbound_form(sid(4), "Hello")))));
    CHECK(running.value("SELECT withheld FROM replies") == "+14155550123 opted out");
    CHECK(has_reply(answer_to(form_post(running.url(), [] {
        http::Form form = inbound_form(sid(5), "Hello");
        form[2].second = "+14155550124";
        return form;
    }()))));
}

TEST_CASE("a reply that goes wrong does not cost the text")
{
    RunningListener running([](webhook::ListenerOptions& options) {
        options.reply.text = "{{never closed"; // as no check would let pass
        options.on_reply_problem = options.on_problem;
    });
    const http::Response answer =
        answer_to(form_post(running.url(), inbound_form(sid(1), "Hello")));
    CHECK(answer.status == 200);
    CHECK_FALSE(has_reply(answer));
    CHECK(running.problems.wait_for(1));
    CHECK(running.value("SELECT count(*) FROM messages") == "1");
    CHECK(running.value("SELECT count(*) FROM replies") == "0");
}

TEST_CASE("each workspace answers by its own rules")
{
    RunningListener running;
    const Workspace other =
        running.add_workspace("other", "AC00000000000000000000000000000002", "+14155550200");
    store::Scope scope = running.database.scope(other);
    store::ReplyRule rule;
    rule.id = "rpl_1";
    rule.text = "from other";
    store::ReplyRules(scope).insert(rule);
    CHECK_FALSE(has_reply(answer_to(form_post(running.url(), inbound_form(sid(1), "Hello")))));
    http::Form theirs = inbound_form(sid(2), "Hello");
    theirs[1].second = other.account_id;
    theirs[3].second = "+14155550200";
    CHECK(answer_to(form_post(running.url(), theirs)).body.find("from other") != std::string::npos);
}

TEST_CASE("where an application answers, no rule does")
{
    test::LoopbackServer application([](const http::ServerRequest&) {
        return http::ServerResponse{204, {}, {}};
    });
    webhook::ForwarderOptions forward;
    forward.url = application.url("/sms");
    RunningListener running(answer_all, {}, {}, forward);
    CHECK_FALSE(has_reply(answer_to(form_post(running.url(), inbound_form(sid(1), "Hello")))));
    CHECK(running.value("SELECT count(*) FROM messages") == "1");
    running.stop();
}
