#include "core/time_text.hpp"
#include "support/running_sim.hpp"

using namespace smsctl;
using test::RunningSim;

namespace {

const http::Form usual{{"To", "+14155552671"}, {"From", "+15005550006"}, {"Body", "hello"}};

} // namespace

TEST_CASE("a message is created, fetched, listed and delivered")
{
    RunningSim far_end;
    const auto made = far_end.create(usual);
    CHECK(made["status"] == "queued");
    CHECK(made["price"].is_null());
    CHECK(made["date_sent"].is_null());
    CHECK(made["num_segments"] == "1");
    const std::string sid = made["sid"];
    CHECK(sid.substr(0, 2) == "SM");

    const auto delivered = far_end.wait_for(sid, "delivered");
    CHECK(delivered["price"] == "-0.00790");
    CHECK(delivered["date_sent"].is_string());
    CHECK(delivered["error_code"].is_null());

    const auto list = far_end.json(200, "GET", far_end.path("/Messages.json"));
    REQUIRE(list["messages"].size() == 1);
    CHECK(list["messages"][0] == delivered);
    CHECK(list["next_page_uri"].is_null());
}

TEST_CASE("the default seed gives the identity that every client may know")
{
    const RunningSim far_end;
    CHECK(far_end.sim().account_id() == "AC5100000000000000000000000000051a");
    CHECK(far_end.sim().numbers().front() == "+15005550006");
}

TEST_CASE("the same seed and requests give the same identifiers")
{
    const auto sids = [](std::uint64_t seed) {
        sim::SimulatorOptions options = RunningSim::fast();
        options.seed = seed;
        RunningSim far_end(options);
        auto found =
            std::vector<std::string>{far_end.sim().account_id(), far_end.sim().auth_token()};
        for (int i = 0; i < 3; ++i)
            found.push_back(far_end.create(usual)["sid"]);
        return found;
    };
    CHECK(sids(7) == sids(7));
    CHECK(sids(7) != sids(8));
}

TEST_CASE("message ids can be new each time while the identity stays")
{
    const auto seen = [](std::uint64_t ids_seed) {
        sim::SimulatorOptions options = RunningSim::fast();
        options.ids_seed = ids_seed;
        RunningSim far_end(options);
        return std::pair{far_end.sim().account_id(), far_end.create(usual)["sid"]};
    };
    CHECK(seen(1).first == seen(2).first);
    CHECK(seen(1).second != seen(2).second);
}

TEST_CASE("who does not sign in is refused as Twilio refuses")
{
    RunningSim far_end;
    struct Row {
        std::string name;
        http::BasicAuth auth;
        int status;
    };
    const std::string token = far_end.sim().auth_token();
    const auto row = GENERATE_REF(values<Row>({
        {"nobody", {}, 401},
        {"a wrong token", {far_end.sim().account_id(), Secret("wrong")}, 401},
        {"another account", {"AC00000000000000000000000000000000", Secret(token)}, 401},
        {"an API key", {"SK00000000000000000000000000000001", Secret(token)}, 200},
        {"the account", {far_end.sim().account_id(), Secret(token)}, 200},
    }));
    DYNAMIC_SECTION(row.name)
    {
        far_end.auth = row.auth;
        const auto response = far_end.ask("GET", far_end.path("/Messages.json?PageSize=1"));
        CHECK(response.status == row.status);
        if (row.status == 401) {
            const auto body = nlohmann::json::parse(response.body);
            CHECK(body["code"] == 20003);
            CHECK(body["message"] == "Authenticate");
            CHECK(http::header(response.headers, "WWW-Authenticate") ==
                  "Basic realm=\"Twilio API\"");
        }
        CHECK(http::header(response.headers, "Twilio-Request-Id").size() == 34);
        CHECK(http::header(response.headers, "Twilio-Concurrent-Requests") == "1");
        const auto date = http::header(response.headers, "Date");
        CHECK(date.ends_with(" GMT"));
        CHECK(text::parse_rfc2822(date));
    }
}

TEST_CASE("an account that is not ours and a path that is none are not found")
{
    RunningSim far_end;
    const auto path = GENERATE("/2010-04-01/Accounts/AC00000000000000000000000000000000.json",
                               "/2010-04-01/Accounts.json",
                               "/nothing");
    const auto body = far_end.json(404, "GET", path);
    CHECK(body["code"] == 20404);
    CHECK(body["message"] == "The requested resource " + std::string(path) + " was not found");
}

TEST_CASE("the simulator listens on loopback only")
{
    sim::SimulatorOptions options;
    options.address = "0.0.0.0:0";
    CHECK_THROWS_WITH(sim::Simulator(options), Catch::Contains("loopback only"));
}
