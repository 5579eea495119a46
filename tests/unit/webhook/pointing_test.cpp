#include "providers/twilio/client.hpp"
#include "store/event_log.hpp"
#include "support/builders.hpp"
#include "support/errors.hpp"
#include "support/fake_clock.hpp"
#include "support/loopback_server.hpp"
#include "webhook/pointing.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace smsctl;
using namespace std::chrono_literals;
using test::FakeClock;
using test::LoopbackServer;
using test::make_number;
using test::noon;
using test::TestStore;
using webhook::Pointing;
using webhook::PutBack;

namespace {

const std::string ours = "https://tunnel.example/";
const std::string theirs = "https://app.example/sms";

/// A Twilio that has one number.
class FarEnd {
public:
    FarEnd()
        : m_server([this](const http::ServerRequest& request) { return answer(request); }),
          provider("twilio", config(m_server.url()))
    {
    }

    std::size_t changes() const
    {
        std::size_t count = 0;
        for (const http::ServerRequest& request : m_server.requests())
            count += request.method == "POST" ? 1 : 0;
        return count;
    }

    std::string url = theirs;
    std::string method = "GET";
    bool refuses = false;

private:
    static providers::ProviderConfig config(std::string base)
    {
        base.pop_back();
        providers::ProviderConfig config;
        config.account_id = "AC" + std::string(32, '1');
        config.secret = Secret("token");
        config.api_base = base;
        return config;
    }

    http::ServerResponse answer(const http::ServerRequest& request)
    {
        http::ServerResponse response;
        if (request.method == "POST" && refuses) {
            response.status = 400;
            response.body = R"({"code":21402,"message":"invalid URL"})";
            return response;
        }
        const http::Form form = http::decode_form(request.body);
        for (const auto& [name, value] : form)
            (name == "SmsUrl" ? url : method) = value;
        response.body = nlohmann::json{
            {"sid", make_number().provider_id},
            {"phone_number", test::our_number},
            {"sms_url", url},
            {"sms_method",
             method}}.dump();
        return response;
    }

    LoopbackServer m_server;

public:
    providers::twilio::Client provider;
};

/// A stored number, and who points it.
struct World {
    World() : number(make_number())
    {
        number.webhook_url = theirs;
        number.webhook_method = "GET";
        store::Numbers(store.scope).insert(number);
    }
    Pointing pointing() { return {store.scope, clock, number}; }
    /// A pointing that was claimed, looked at and carried out, as a listener does.
    Pointing pointed()
    {
        Pointing result = pointing();
        result.claim();
        result.look(far_end.provider);
        result.point(far_end.provider, ours);
        return result;
    }
    sms::Number stored() { return store::Numbers(store.scope).resolve(number.id); }
    /// What a crash leaves: the row is another boot's of this host.
    void let_the_owner_die()
    {
        std::string owner = store::this_process();
        const std::size_t boot = owner.find('/') + 1;
        owner[boot] = owner[boot] == '0' ? '1' : '0';
        hand_to(owner);
    }
    void hand_to(const std::string& owner)
    {
        store.database.connection().prepare("UPDATE pointings SET owner = $1").bind(1, owner).run();
    }

    TestStore store;
    FakeClock clock;
    FarEnd far_end;
    sms::Number number;
};

} // namespace

TEST_CASE("a pointed number gets its former webhook back, method included")
{
    World world;
    Pointing pointing = world.pointed();
    CHECK(world.far_end.url == ours);
    CHECK(world.far_end.method == "POST");
    CHECK(world.stored().webhook_url == ours);
    CHECK_FALSE(world.stored().has_previous_webhook);

    CHECK(pointing.put_back(world.far_end.provider) == PutBack::done);
    pointing.release();
    CHECK(world.far_end.url == theirs);
    CHECK(world.far_end.method == "GET");
    CHECK(world.stored().webhook_url == theirs);
    CHECK_FALSE(store::Pointings(world.store.scope).find(world.number.row));
    CHECK(pointing.put_back(world.far_end.provider) == PutBack::not_needed);
}

TEST_CASE("the former webhook is stored before the provider is asked for a change")
{
    World world;
    world.far_end.refuses = true;
    Pointing pointing = world.pointing();
    pointing.claim();
    pointing.look(world.far_end.provider);
    CHECK(test::error_of([&] { pointing.point(world.far_end.provider, ours); }).code() ==
          "provider.rejected");
    const auto row = store::Pointings(world.store.scope).find(world.number.row);
    REQUIRE(row);
    CHECK(row->url == ours);
    CHECK(row->former_url == theirs);
    CHECK(row->former_method == "GET");
    CHECK(pointing.put_back(world.far_end.provider) == PutBack::done);
    CHECK(world.far_end.changes() == 1); // the refused one
}

TEST_CASE("a number that had no webhook has none again")
{
    World world;
    world.far_end.url.clear();
    Pointing pointing = world.pointed();
    CHECK(pointing.put_back(world.far_end.provider) == PutBack::done);
    CHECK(world.far_end.url.empty());
}

TEST_CASE("a webhook that somebody changed meanwhile is theirs")
{
    World world;
    Pointing pointing = world.pointed();
    world.far_end.url = "https://new.example/";
    CHECK(pointing.put_back(world.far_end.provider) == PutBack::left_alone);
    CHECK(world.far_end.url == "https://new.example/");
    CHECK(world.stored().webhook_url == "https://new.example/");
    CHECK(world.far_end.changes() == 1);
    CHECK(store::Pointings(world.store.scope).left_over(noon + 1h).empty());
}

TEST_CASE("what a listener that died left is put back by the next, which never takes it for former")
{
    World world;
    world.pointed();
    CHECK(store::Pointings(world.store.scope).left_over(noon).empty());
    world.let_the_owner_die();
    const auto left = store::Pointings(world.store.scope).left_over(noon);
    REQUIRE(left.size() == 1);
    CHECK(left.front().former_url == theirs);

    Pointing next = world.pointing();
    next.claim();
    CHECK(next.put_back(world.far_end.provider) == PutBack::done);
    CHECK(world.far_end.url == theirs);
    next.look(world.far_end.provider);
    next.point(world.far_end.provider, ours);
    world.let_the_owner_die(); // once more, in the middle of it

    Pointing last = world.pointing();
    last.claim();
    CHECK(last.put_back(world.far_end.provider) == PutBack::done);
    last.release();
    CHECK(world.far_end.url == theirs);
    CHECK(world.far_end.method == "GET");
}

TEST_CASE("a number is one listener's, as long as that lives or its lease runs")
{
    World world;
    Pointing first = world.pointed();
    const std::string stranger =
        "elsewhere/boot/space/1/1"; // nobody here can tell whether it lives
    world.hand_to(stranger);
    Pointing second = world.pointing();
    const Error refused = test::error_of([&] { second.claim(); });
    CHECK(refused.exit() == Exit::usage);
    CHECK(refused.code() == "usage.pointed");
    CHECK_FALSE(first.renew());
    CHECK(first.put_back(world.far_end.provider) == PutBack::not_needed);
    CHECK(world.far_end.url == ours);

    world.clock.step(Pointing::lease_length);
    second.claim();
    CHECK(second.put_back(world.far_end.provider) == PutBack::done);
    CHECK(world.far_end.url == theirs);
}

TEST_CASE("the URL a number is pointed at is one the listener takes for signed")
{
    struct Row {
        std::string name;
        std::string public_url;
        std::string path;
        std::string url;
    };
    const auto& row = GENERATE(
        values<Row>({{"a bare host", "https://t.example", "/", "https://t.example/"},
                     {"its slash", "https://t.example/", "/", "https://t.example/"},
                     {"a path of ours", "https://t.example/", "/sms", "https://t.example/sms"},
                     {"a tunnel's path", "https://t.example/in", "/", "https://t.example/in"},
                     {"both", "https://t.example/in/", "/sms", "https://t.example/in/sms"}}));
    DYNAMIC_SECTION(row.name)
    {
        CHECK(webhook::pointed_url(row.public_url, row.path) == row.url);
    }
}
