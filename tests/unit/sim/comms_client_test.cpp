// Our client of the bulk API against its simulated far end: whatever goes wrong on the way, nobody
// is texted twice, and what was done is found again.
#include "providers/twilio/bulk_client.hpp"
#include "providers/twilio/bulk_match.hpp"
#include "support/fake_clock.hpp"
#include "support/running_sim.hpp"

#include <fmt/format.h>

#include <array>

using namespace smsctl;
using namespace smsctl::providers;
using namespace smsctl::providers::twilio;
using test::RunningSim;

namespace {

struct World {
    World()
    {
        ProviderConfig config;
        config.account_id = sim.sim().account_id();
        config.secret = Secret(sim.sim().auth_token());
        config.api_base = sim.sim().url();
        config.clock = &clock;
        client.emplace("twilio", config);
    }

    void fault(const std::string& kind, const std::string& scope = "bulk")
    {
        sim.json(200, "POST", "/sim/faults", {{"kind", kind}, {"scope", scope}});
    }
    nlohmann::json counts() { return sim.json(200, "GET", "/sim/counts"); }
    /// Reads a batch back until `done`; fails the test after five seconds.
    template <typename Done>
    BulkReadBack wait_for(const std::string& batch_id, Done done)
    {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (true) {
            BulkReadBack found = client->read_back({batch_id, {}, {}});
            if (done(found))
                return found;
            if (std::chrono::steady_clock::now() > until)
                FAIL("it never came to that");
        }
    }

    RunningSim sim;
    test::FakeClock clock;
    std::optional<BulkClient> client;
};

BulkRequest request(std::size_t rows = 3)
{
    BulkRequest made{new_bulk_batch_id(), "+15005550006", {}, {}};
    for (std::size_t i = 0; i < rows; ++i)
        made.rows.push_back(
            {fmt::format("+1415{:07}", 5'550'100 + i), fmt::format("{{{{ text }}}} {}", i)});
    return made;
}

const char* kind(const BulkOutcome& outcome)
{
    constexpr std::array names{"accepted", "untracked", "rejected", "not sent", "unknown"};
    return names.at(outcome.index());
}

bool all_delivered(const BulkReadBack& found)
{
    return std::all_of(found.messages.begin(), found.messages.end(), [](const BulkMessage& each) {
        return each.status == sms::Status::delivered;
    });
}

} // namespace

TEST_CASE("a batch is sent, read back and matched with its rows")
{
    World world;
    const BulkRequest sent = request(2500);
    const BulkRequest other = request(2);
    const auto outcome = world.client->submit(sent);
    REQUIRE(std::holds_alternative<BulkAccepted>(outcome));
    world.client->submit(other);
    const std::string& id = std::get<BulkAccepted>(outcome).operation_id;

    const auto found = world.wait_for(sent.batch_id, all_delivered);
    CHECK(found.filter_honoured);
    CHECK(found.operation_ids == std::set<std::string>{id});
    const auto match = match_rows(sent.rows, found.messages);
    CHECK(match.missing == 0);
    CHECK(match.surplus.empty());
    for (std::size_t row = 0; row < sent.rows.size(); row += 500) {
        const auto whole = world.client->fetch_message(match.of_row[row]->id);
        REQUIRE(whole);
        const auto classic = world.sim.fetch(whole->attempts.at(0).provider_id);
        CHECK(classic["to"] == sent.rows[row].to);
        CHECK(classic["body"] == sent.rows[row].body);
    }
    CHECK(world.client->read_back({sent.batch_id, id, {}}).messages.size() == 2500);
    const auto operation = world.client->fetch_operation(id);
    REQUIRE(operation);
    CHECK(operation->finished);
    CHECK(operation->recipients == 2500);
    CHECK(world.counts()["creates"] == 2502);
}

TEST_CASE("whatever becomes of the answer, a batch is created at most once and found by its tag")
{
    struct Row {
        std::string fault;
        std::string outcome;
        std::size_t created;
    };
    const auto row = GENERATE(values<Row>({
        {"refuse_429", "not sent", 0},
        {"error_500_before", "unknown", 0},
        {"error_500_after", "unknown", 3},
        {"error_503_before", "unknown", 0},
        {"error_503_after", "unknown", 3},
        {"html_503", "unknown", 0},
        {"reset_before", "unknown", 0},
        {"reset_after", "unknown", 3},
        {"close_before", "unknown", 0},
        {"close_after", "unknown", 3},
        {"truncate", "accepted", 3},
        {"empty_body", "accepted", 3},
        {"empty_answer", "untracked", 3},
    }));
    DYNAMIC_SECTION(row.fault)
    {
        World world;
        BulkRequest earlier = request(1); // leaves a connection that libcurl could reuse
        earlier.rows[0].body = "earlier";
        CHECK(kind(world.client->submit(earlier)) == std::string("accepted"));
        world.fault(row.fault);
        const BulkRequest sent = request();
        CHECK(kind(world.client->submit(sent)) == row.outcome);
        const auto counts = world.counts();
        CHECK(counts["creates"] == 1 + row.created);
        CHECK(counts["repeats"] == 0);
        const auto found = world.client->read_back({sent.batch_id, {}, {}});
        CHECK(found.messages.size() == row.created);
        CHECK(found.operation_ids.size() == (row.created == 0 ? 0 : 1));
        CHECK(found.filter_honoured);
    }
}

TEST_CASE("a look-up that finds nothing proves nothing, and one that finds too much says so")
{
    World world;
    const BulkRequest sent = request();
    const auto outcome = world.client->submit(sent);
    world.client->submit(request());
    const std::string id = std::get<BulkAccepted>(outcome).operation_id;
    world.fault("late", "bulk_read");
    CHECK(world.client->read_back({sent.batch_id, {}, {}}).messages.empty());
    world.fault("late", "bulk_read");
    CHECK_FALSE(world.client->fetch_operation(id));
    world.fault("ignore_filters", "bulk_read");
    const auto all = world.client->read_back({sent.batch_id, {}, {}});
    CHECK_FALSE(all.filter_honoured);
    CHECK(all.messages.size() == 3);
    CHECK(world.client->read_back({sent.batch_id, {}, {}}).filter_honoured);
}

TEST_CASE(
    "a refused batch names its rows, and recipients nobody reaches are told from those to come")
{
    World world;
    BulkRequest sent = request();
    sent.rows[1].to = "+15005550001";
    const auto refused = world.client->submit(sent);
    REQUIRE(std::holds_alternative<BulkRejected>(refused));
    REQUIRE(std::get<BulkRejected>(refused).faults.size() == 1);
    CHECK(std::get<BulkRejected>(refused).faults[0].row == 1);
    CHECK(std::get<BulkRejected>(refused).error.fault.code == 21614);
    CHECK(world.counts()["creates"] == 0);

    sent.rows[1].to = "+15005550002";
    const auto accepted = world.client->submit(sent);
    REQUIRE(std::holds_alternative<BulkAccepted>(accepted));
    const auto match = match_rows(sent.rows, world.wait_for(sent.batch_id, all_delivered).messages);
    CHECK(match.missing == 1);
    CHECK_FALSE(match.of_row[1]);
    CHECK(are_unaddressable(
        match, *world.client->fetch_operation(std::get<BulkAccepted>(accepted).operation_id)));
}

TEST_CASE("a text that the simulator would fill in arrives as it was written")
{
    World world;
    BulkRequest sent = request(1);
    sent.rows[0].body = "{{ body | default: 'x' }} {% raw %} \"quoted\" \\ \n \xF0\x9F\x98\x80";
    REQUIRE(std::holds_alternative<BulkAccepted>(world.client->submit(sent)));
    CHECK(world.sim.state()["messages"][0]["body"] == sent.rows[0].body);
}
