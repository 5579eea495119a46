#include "media/downloader.hpp"
#include "media/file_type.hpp"
#include "support/loopback_server.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>

using namespace smsctl;
using test::LoopbackServer;
using test::RawAnswer;
using test::RawServer;

namespace {

constexpr std::size_t longest = 1000;

media::DownloadRules rules_for(const std::string& api_base)
{
    media::DownloadRules rules;
    rules.provider = "twilio";
    rules.auth = {"AC1", Secret("top-secret")};
    rules.api_base = api_base;
    rules.longest = longest;
    rules.timeout = test::patience;
    return rules;
}

/// What a fetch from a server gives that answers like this at `/1`.
std::variant<media::Content, Error> fetch(LoopbackServer& server,
                                          const std::string& said = "image/jpeg")
{
    return media::Downloader(rules_for(server.url(""))).fetch({server.url("/1"), said});
}

Error error_of(const std::variant<media::Content, Error>& result)
{
    REQUIRE(std::holds_alternative<Error>(result));
    return std::get<Error>(result);
}

http::ServerResponse of_type(const std::string& type, std::string body = "bytes")
{
    return {200, {{"Content-Type", type}}, std::move(body)};
}

http::ServerResponse redirect(const std::string& location)
{
    return {307, {{"Location", location}}, ""};
}

bool has_credentials(const http::ServerRequest& request)
{
    return !http::header(request.headers, "Authorization").empty();
}

} // namespace

TEST_CASE("media comes from the api base, with credentials")
{
    LoopbackServer server([](const auto&) { return of_type("Image/JPEG; name=x", "\xff\xd8"); });
    const auto result = media::Downloader(rules_for(server.url("")))
                            .fetch({"https://api.twilio.com/1", "image/jpeg"});
    REQUIRE(std::holds_alternative<media::Content>(result));
    CHECK(std::get<media::Content>(result).bytes == "\xff\xd8");
    CHECK(std::get<media::Content>(result).type == "image/jpeg");
    CHECK(has_credentials(server.requests().at(0)));
}

TEST_CASE("the type must be the one that was said, or a safe one")
{
    struct Row {
        std::string said;
        std::string answered;
        bool taken;
    };
    const auto row = GENERATE(values<Row>({
        {"image/jpeg", "image/jpeg", true},
        {"image/jpeg", "image/png", true},
        {"", "video/mp4", true},
        {"application/x-odd", "application/x-odd", true},
        {"image/jpeg", "text/html", false},
        {"image/jpeg", "image/svg+xml", false},
        {"image/jpeg", "application/x-msdownload", false},
        {"image/jpeg", "", false},
        {"", "application/octet-stream", false},
    }));
    DYNAMIC_SECTION(row.said << " as '" << row.answered << "'")
    {
        LoopbackServer server([&](const auto&) { return of_type(row.answered); });
        const auto result = fetch(server, row.said);
        CHECK(std::holds_alternative<media::Content>(result) == row.taken);
        if (!row.taken)
            CHECK(error_of(result).exit() == Exit::blocked);
    }
}

TEST_CASE("what nothing runs keeps its ending, and everything else is .bin")
{
    CHECK(media::extension("image/jpeg") == ".jpg");
    CHECK(media::extension("text/vcard") == ".vcf");
    for (const char* type : {"text/html", "image/svg+xml", "application/x-sh", "../../etc", ""})
        CHECK(media::extension(type) == ".bin");
    CHECK(media::bare_type(" Text/Plain ; charset=x") == "text/plain");
}

TEST_CASE("an answer that is too long is broken off")
{
    LoopbackServer exact(
        [](const auto&) { return of_type("image/png", std::string(longest, 'x')); });
    CHECK(std::holds_alternative<media::Content>(fetch(exact)));
    LoopbackServer longer(
        [](const auto&) { return of_type("image/png", std::string(longest + 1, 'x')); });
    CHECK(error_of(fetch(longer)).exit() == Exit::blocked);
}

TEST_CASE("an answer without an end is broken off")
{
    // Says no length and never closes: only the limit ends it.
    RawServer server([](std::size_t, const std::string&) {
        return RawAnswer{"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" +
                             std::string(longest + 1, 'x'),
                         RawAnswer::Then::hang};
    });
    const auto result =
        media::Downloader(rules_for(server.url(""))).fetch({server.url("/1"), "image/png"});
    CHECK(error_of(result).exit() == Exit::blocked);
    CHECK_THAT(error_of(result).what(), Catch::Contains("larger than 1000 bytes"));
}

TEST_CASE("a redirect to a private address reaches nobody")
{
    LoopbackServer inside([](const auto&) { return of_type("image/png"); });
    const auto to = GENERATE(values<std::string>({"https://127.0.0.1:{}/metadata",
                                                  "https://localhost:{}/metadata",
                                                  "https://[::1]:{}/",
                                                  "http://127.0.0.1:{}/metadata",
                                                  "https://user:password@127.0.0.1:{}/"}));
    DYNAMIC_SECTION(to)
    {
        const std::string location = fmt::format(fmt::runtime(to), inside.port());
        LoopbackServer server([&](const auto&) { return redirect(location); });
        CHECK(error_of(fetch(server)).exit() == Exit::blocked);
        CHECK(server.requests().size() == 1);
        CHECK(inside.requests().empty());
    }
}

TEST_CASE("media at a private address is not asked for at all")
{
    LoopbackServer inside([](const auto&) { return of_type("image/png"); });
    media::Downloader downloader(rules_for(""));
    for (const std::string& url : {inside.url("/1"),
                                   fmt::format("https://localhost:{}/1", inside.port()),
                                   std::string("https://169.254.169.254/latest/meta-data"),
                                   std::string("https://10.0.0.1/"),
                                   std::string("file:///etc/passwd"),
                                   std::string("nonsense")})
        CHECK(error_of(downloader.fetch({url, "image/png"})).exit() == Exit::blocked);
    CHECK(inside.requests().empty());
}

TEST_CASE("redirects on the same host are followed, five of them")
{
    const auto chain = [](int length) {
        return [length](const http::ServerRequest& request) {
            const int at = std::stoi(request.target.substr(1));
            return at > length ? of_type("image/png") : redirect(fmt::format("/{}", at + 1));
        };
    };
    LoopbackServer five(chain(5));
    CHECK(std::holds_alternative<media::Content>(fetch(five)));
    CHECK(has_credentials(five.requests().at(5)));
    LoopbackServer six(chain(6));
    CHECK(error_of(fetch(six)).exit() == Exit::blocked);
    CHECK(six.requests().size() == 6);
}

TEST_CASE("a refusal says which")
{
    struct Row {
        int status;
        Exit exit;
    };
    const auto row = GENERATE(values<Row>({{401, Exit::auth},
                                           {404, Exit::not_found},
                                           {410, Exit::not_found},
                                           {418, Exit::rejected},
                                           {429, Exit::unavailable},
                                           {503, Exit::unavailable}}));
    DYNAMIC_SECTION(row.status)
    {
        LoopbackServer server([&](const auto&) {
            return http::ServerResponse{row.status, {}, ""};
        });
        CHECK(error_of(fetch(server)).exit() == row.exit);
    }
    LoopbackServer nowhere([](const auto&) { return http::ServerResponse{302, {}, ""}; });
    CHECK(error_of(fetch(nowhere)).exit() == Exit::blocked);
}
