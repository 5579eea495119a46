#include "commands/traffic.hpp"
#include "support/loopback_server.hpp"
#include "support/vectors.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

namespace fs = std::filesystem;
using namespace smsctl;
using test::LoopbackServer;
using test::Run;
using test::run_smsctl;
using test::Traffic;

namespace {

/// A message that reached us with media at the provider, which `server` stands in for.
class Pictures {
public:
    explicit Pictures(std::vector<sms::Media> media, LoopbackServer::Answer answer)
        : server(std::move(answer)), m_api_base("SMSCTL_API_BASE", server.url(""))
    {
        sms::Message message = test::make_message("Look");
        message.direction = sms::Direction::inbound;
        std::swap(message.from, message.to);
        message.status = sms::Status::received;
        message.media = std::move(media);
        store::Scope scope = traffic.scope();
        id = test::store_message(scope, message).id;
    }

    fs::path folder() const { return traffic.home.path() / "new" / "pictures"; }
    Run show(const std::vector<std::string>& more = {}) const
    {
        std::vector<std::string> arguments{"message", "show", id, "--media", folder().string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_smsctl(arguments);
    }
    std::size_t files() const
    {
        return fs::exists(folder())
                   ? static_cast<std::size_t>(
                         std::distance(fs::directory_iterator(folder()), fs::directory_iterator()))
                   : 0;
    }

    LoopbackServer server;
    Traffic traffic;
    std::string id;

private:
    test::EnvVar m_api_base;
};

http::ServerResponse picture(const http::ServerRequest& request)
{
    if (request.target.ends_with("/2"))
        return {404, {}, ""};
    return {200, {{"Content-Type", "image/jpeg"}}, "bytes of " + request.target};
}

sms::Media at(const std::string& name)
{
    return {"https://api.twilio.com/2010-04-01/Media/" + name, "image/jpeg"};
}

} // namespace

TEST_CASE("media is downloaded to files that we name")
{
    const Pictures pictures({at("1"), at("../../3.exe")}, picture);
    const Run run = pictures.show();
    CHECK(run.exit == 0);
    const auto records = run.records();
    REQUIRE(records.size() == 2);
    const fs::path first = pictures.folder() / (pictures.id + "-1.jpg");
    CHECK(records[0]["object"] == "media");
    CHECK(records[0]["path"] == first.string());
    CHECK(records[0]["size"] == test::read_file(first).size());
    CHECK(records[1]["path"] == (pictures.folder() / (pictures.id + "-2.jpg")).string());
    CHECK(test::read_file(first) == "bytes of /2010-04-01/Media/1");
    CHECK(fs::status(first).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(pictures.files() == 2);
    // Once more: the files hold just that.
    CHECK(pictures.show().exit == 0);
    CHECK(pictures.files() == 2);
}

TEST_CASE("a file that holds something else is never replaced, nor one behind a link")
{
    const Pictures pictures({at("1")}, picture);
    fs::create_directories(pictures.folder());
    const fs::path mine = pictures.folder() / (pictures.id + "-1.jpg");
    const fs::path elsewhere = pictures.traffic.home.path() / "diary";
    std::ofstream(elsewhere) << "mine";
    SECTION("a file")
    {
        std::ofstream(mine) << "mine";
    }
    SECTION("a link")
    {
        fs::create_symlink(elsewhere, mine);
    }
    SECTION("a link to nowhere")
    {
        fs::create_symlink(pictures.folder() / "nowhere", mine);
    }
    const Run run = pictures.show();
    CHECK(run.exit == 1);
    CHECK(run.error()["code"] == "file.exists");
    CHECK(run.record()["path"].is_null());
    CHECK(test::read_file(elsewhere) == "mine");
    CHECK(pictures.files() == 1);
}

TEST_CASE("one that cannot be had does not keep the others back")
{
    const Pictures pictures({at("1"), at("2")}, picture);
    const Run run = pictures.show();
    CHECK(run.exit == 9);
    const auto records = run.records();
    REQUIRE(records.size() == 2);
    CHECK(records[0]["error"].is_null());
    CHECK(records[1]["path"].is_null());
    CHECK_THAT(records[1]["error"].get<std::string>(), Catch::Contains("404"));
}

TEST_CASE("media-max is the most that is taken")
{
    const Pictures pictures({at("1")}, [](const auto&) {
        return http::ServerResponse{200, {{"Content-Type", "image/png"}}, std::string(2000, 'x')};
    });
    REQUIRE(run_smsctl({"workspace", "set", "prod", "media-max=1K"}).exit == 0);
    const Run run = pictures.show();
    CHECK(run.exit == 11);
    CHECK(run.error()["code"] == "media.blocked");
    CHECK(pictures.files() == 0);
    REQUIRE(run_smsctl({"workspace", "set", "prod", "media-max=2K"}).exit == 0);
    CHECK(pictures.show().exit == 0);
}

TEST_CASE("nothing is fetched in a dry run, from an event, or where there is no media")
{
    const Pictures pictures({at("1")}, picture);
    CHECK(pictures.show({"-n"}).exit == 0);
    CHECK(pictures.server.requests().empty());
    CHECK_FALSE(fs::exists(pictures.folder()));
    CHECK(run_smsctl({"message", "show", "evt_1", "--media", "x"}).exit == 2);
    const Pictures none({}, picture);
    const Run run = none.show();
    CHECK(run.exit == 0);
    CHECK(run.out.empty());
}
