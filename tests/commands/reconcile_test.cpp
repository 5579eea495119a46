#include "commands/traffic.hpp"
#include "store/leases.hpp"
#include "support/running_sim.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using test::Run;
using test::run_smsctl;
using test::Traffic;

namespace {

/// A simulator, and a home whose workspace is its account.
struct Bench {
    Bench()
        : base("SMSCTL_API_BASE", sim.sim().url()),
          traffic(sim.sim().account_id(), sim.sim().auth_token()),
          our_number(sim.sim().numbers().at(0))
    {
        base_again.emplace("SMSCTL_API_BASE", sim.sim().url()); // Home has unset it
        REQUIRE(run_smsctl({"sync", "numbers"}).exit == 0);
    }

    /// Sends through the API alone, as if all callbacks had been lost.
    std::string send_unseen(const std::string& to, const std::string& final_status)
    {
        const std::string sid =
            sim.create({{"To", to}, {"From", our_number}, {"Body", "Hi"}}).at("sid");
        traffic.add_sent(sid, sms::Status::queued);
        sim.wait_for(sid, final_status);
        return sid;
    }

    test::RunningSim sim;
    test::EnvVar base;
    Traffic traffic;
    std::optional<test::EnvVar> base_again;
    std::string our_number;
};

nlohmann::ordered_json summary_of(const Run& run)
{
    const auto records = run.records();
    REQUIRE_FALSE(records.empty());
    REQUIRE(records.back()["object"] == "summary");
    return records.back();
}

} // namespace

TEST_CASE("reconcile finds what callbacks did not bring, and missed texts")
{
    Bench bench;
    const std::string sid = bench.send_unseen("+14155552671", "delivered");
    REQUIRE(bench.sim
                .ask("POST",
                     "/sim/inbound",
                     {{"From", "+14155552671"}, {"To", bench.our_number}, {"Body", "On my way"}})
                .status < 300);

    const Run dry = run_smsctl({"reconcile", "--older-than", "0s", "-n"});
    CHECK(summary_of(dry)["changed"] == 1);

    const Run run = run_smsctl({"reconcile", "--older-than", "0s", "--exit-status"});
    CHECK(run.exit == 0);
    const auto records = run.records();
    const auto summary = summary_of(run);
    CHECK(summary["kind"] == "reconcile");
    CHECK(summary["method"] == "list");
    CHECK(summary["changed"] == 1);
    CHECK(summary["received"] == 1);
    CHECK(summary["skipped"].is_null());
    REQUIRE(records.size() == 3);
    CHECK(records[0]["provider_id"] == sid);
    CHECK(records[0]["status"] == "delivered");
    CHECK(records[1]["body"] == "On my way");

    CHECK(run_smsctl({"reconcile", "--older-than", "0s", "-q"}).out.empty());
}

TEST_CASE("reconcile of a REF asks about that message alone")
{
    Bench bench;
    const std::string one = bench.send_unseen("+14155552671", "delivered");
    bench.send_unseen("+14155552672", "delivered");
    const Run run = run_smsctl({"reconcile", one});
    CHECK(summary_of(run)["checked"] == 1);
    CHECK(run.records().front()["provider_id"] == one);
    CHECK(run_smsctl({"reconcile", "SM00000000000000000000000000000000"}).exit == 3);
}

TEST_CASE("a reconcile beside another skips with exit 0")
{
    Bench bench;
    store::Scope scope = bench.traffic.scope();
    REQUIRE(store::Leases(scope).take(
        "reconcile", "another process", SystemClock().now(), std::chrono::minutes(1)));
    const Run run = run_smsctl({"reconcile"});
    CHECK(run.exit == 0);
    CHECK(run.record()["skipped"] == "locked");
    CHECK(run.record()["requests"] == 0);
}

TEST_CASE("a limit that allows nothing and a rate that is none are refused")
{
    Bench bench;
    const Run nothing = run_smsctl({"reconcile", "--max-requests", "0"});
    CHECK(nothing.exit == 2);
    CHECK(nothing.error()["code"] == "usage.max_requests");
    const Run rate = run_smsctl({"reconcile", "--rate", "fast"});
    CHECK(rate.exit == 2);
    CHECK(rate.error()["code"] == "usage.rate");
}
