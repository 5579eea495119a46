#include "commands/traffic.hpp"
#include "http/form.hpp"
#include "store/event_log.hpp"
#include "webhook/kept_request.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using test::Run;
using test::run_smsctl;
using test::Traffic;

namespace {

const std::string token = "smsctl-test-token";
const std::string payload = "Body=Hi&MessageSid=SM1&To=%2B15550199";

/// An event as listen refuses it: signed for `url`, come in at 127.0.0.1:8787 with this target.
std::string refused(Traffic& traffic, const std::string& url, const std::string& target)
{
    http::ServerRequest request;
    request.method = "POST";
    request.target = target;
    request.headers = {
        {"Host", "127.0.0.1:8787"},
        {"X-Twilio-Signature", providers::twilio::sign(url, http::decode_form(payload), token)}};
    request.body = payload;
    request.peer_address = "127.0.0.1";
    sms::Event event;
    event.kind = sms::EventKind::refused;
    event.source = sms::EventSource::callback;
    event.payload = payload;
    event.request = webhook::encode(webhook::keep(request, "", payload));
    store::Scope scope = traffic.scope();
    store::EventLog(scope).append(event);
    return event.id;
}

Run verify(const std::string& id)
{
    return run_smsctl({"message", "show", id, "--verify"});
}

} // namespace

TEST_CASE("--verify says which URL was signed, and what to set so that it will hold")
{
    Traffic traffic;
    store::Scope scope = traffic.scope();
    store::Numbers numbers(scope);
    sms::Number number = numbers.by_address(test::our_number).value();
    number.webhook_url = "https://sms.example.com/twilio/in";
    numbers.update(number);
    const std::string id = refused(traffic, number.webhook_url, "/in");

    const Run before = verify(id);
    CHECK(before.exit == 0);
    const auto record = before.record();
    CHECK(record["object"] == "verification");
    CHECK(record["id"] == id);
    CHECK(record["verified"] == false);
    CHECK(record["url"] == number.webhook_url);
    CHECK(record["public_url"] == "https://sms.example.com/twilio");
    REQUIRE(record["tried"].size() == 1);
    CHECK(record["tried"][0]["url"] == "http://127.0.0.1:8787/in");
    const std::string advice = "workspace set prod public-url=https://sms.example.com/twilio";
    CHECK_THAT(before.err, Catch::Contains(advice));
    CHECK_THAT(before.out + before.err, !Catch::Contains(token));

    REQUIRE(run_smsctl({"workspace", "set", "prod", "public-url=https://sms.example.com/twilio"})
                .exit == 0);
    const Run after = verify(id);
    CHECK(after.record()["verified"] == true);
    CHECK(after.record()["reason"].is_null());
    CHECK(after.err.empty());
}

TEST_CASE("an event without a kept request says so, and what is no webhook is refused")
{
    Traffic traffic;
    traffic.receive("SM00000000000000000000000000000001", "Hi");
    const std::string old = run_smsctl({"tail", "--kind", "event"}).record()["id"];
    const auto record = verify(old).record();
    CHECK(record["verified"].is_null());
    CHECK_THAT(record["reason"].get<std::string>(), Catch::Contains("was not kept"));

    const auto message = traffic.add_sent("SM2", sms::Status::sent);
    CHECK(verify(message.id).exit == 2);
    CHECK(verify("evt_nowhere").exit == 3);
    sms::Event poll;
    poll.source = sms::EventSource::poll;
    store::Scope scope = traffic.scope();
    store::EventLog(scope).append(poll);
    CHECK(verify(poll.id).error()["code"] == "usage.verify");
}
