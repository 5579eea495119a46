#include "commands/traffic.hpp"
#include "store/forwards.hpp"

#include <catch2/catch.hpp>

#include <chrono>

using namespace smsctl;
using smsctl::test::our_number;
using smsctl::test::run_smsctl;
using smsctl::test::their_number;
using smsctl::test::Traffic;

namespace {

void forward(Traffic& traffic, std::int64_t event_seq, sms::ForwardState state)
{
    store::Scope scope = traffic.scope();
    store::PendingForward pending;
    pending.event_seq = event_seq;
    pending.forward.url = "http://127.0.0.1:9/";
    pending.forward.state = state;
    store::Forwards(scope).add(pending, "nobody", SystemClock().now());
}

void apply_status(Traffic& traffic, const std::string& sid, sms::Status status)
{
    providers::StatusReport report;
    report.provider_id = sid;
    report.status = status;
    report.status_word = sms::word(status);
    store::Scope scope = traffic.scope();
    const SystemClock clock;
    updates::Updates(scope, clock).apply(report, sms::EventSource::callback, "");
}

} // namespace

TEST_CASE("report webhooks counts what came and what became of it")
{
    Traffic traffic;
    forward(traffic,
            traffic.receive("SM00000000000000000000000000000001", "Hi"),
            sms::ForwardState::done);
    forward(traffic,
            traffic.receive("SM00000000000000000000000000000002", "STOP"),
            sms::ForwardState::waiting);
    forward(traffic,
            traffic.receive("SM00000000000000000000000000000003", "Ho"),
            sms::ForwardState::given_up);
    traffic.receive("SM00000000000000000000000000000003", "Ho");
    traffic.add_sent("SM00000000000000000000000000000004", sms::Status::queued);
    apply_status(traffic, "SM00000000000000000000000000000004", sms::Status::delivered);
    apply_status(traffic, "SM00000000000000000000000000000004", sms::Status::sent);
    {
        store::Scope scope = traffic.scope();
        const SystemClock clock;
        updates::Updates(scope, clock).refuse("", "the signature does not match", "Body=x");
    }

    const auto run = run_smsctl({"report", "webhooks", "--since", "1h"});
    REQUIRE(run.exit == 0);
    const auto report = run.record();
    CHECK(report["object"] == "webhook_report");
    CHECK(report["workspace"] == "prod");
    CHECK(report["day"].is_null());
    CHECK(report["received"] == 7);
    CHECK(report["texts"] == 3);
    CHECK(report["statuses"] == 1);
    CHECK(report["unchanged"] == 2);
    CHECK(report["refused"] == 1);
    CHECK(report["forwarded"] == 1);
    CHECK(report["waiting"] == 1);
    CHECK(report["given_up"] == 1);
    CHECK(report["last_at"].is_string());
}

TEST_CASE("report webhooks --by day has a record for each day with something in it")
{
    Traffic traffic;
    CHECK(run_smsctl({"report", "webhooks", "--by", "day"}).out.empty());
    traffic.receive("SM00000000000000000000000000000001", "Hi");
    const auto run = run_smsctl({"report", "webhooks", "--by", "day"});
    CHECK(run.record()["day"].get<std::string>().size() == 10);
    CHECK(run.record()["texts"] == 1);

    const auto none = run_smsctl({"report", "webhooks", "--until", "2h"});
    CHECK(none.record()["received"] == 0);
    CHECK(none.record()["last_at"].is_null());
    CHECK(run_smsctl({"report", "webhooks", "--by", "hour"}).exit == 2);
}
