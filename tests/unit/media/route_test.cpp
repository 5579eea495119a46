#include "media/route.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace smsctl;
using media::Route;

namespace {

http::Url url(const std::string& text)
{
    return http::parse_url(text).value();
}

const std::string at_twilio =
    "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1";

} // namespace

TEST_CASE("credentials go to the provider's own hosts over TLS, and nowhere else")
{
    struct Row {
        std::string start;
        bool credentials;
    };
    const auto row = GENERATE(values<Row>({
        {at_twilio, true},
        {"https://api.dublin.ie1.twilio.com/x", true},
        {"https://API.twilio.com/x", true},
        {"http://api.twilio.com/x", false},
        {"https://api.twilio.com:8443/x", false},
        {"https://api.twilio.com.evil.example/x", false},
        {"https://evil.example/api.twilio.com", false},
        {"https://api.twilio.com@evil.example/x", false},
        {"https://apitwilio.com/x", false},
        {"https://api.nottwilio.com/x", false},
        {"https://mms.twiliocdn.com/x", false},
    }));
    DYNAMIC_SECTION(row.start)
    {
        CHECK(Route("twilio", {}, url(row.start)).with_credentials() == row.credentials);
    }
}

TEST_CASE("a redirect to another host takes the credentials away for good")
{
    Route route("twilio", {}, url(at_twilio));
    REQUIRE(route.follow("/2010-04-01/elsewhere"));
    CHECK(route.with_credentials());
    REQUIRE(route.follow("https://mms.twiliocdn.com/x?sig=1"));
    CHECK_FALSE(route.with_credentials());
    REQUIRE(route.follow(at_twilio));
    CHECK_FALSE(route.with_credentials());
    CHECK_FALSE(route.follow("file:///etc/passwd"));
    CHECK_FALSE(route.follow(""));
}

TEST_CASE("between the provider's own hosts the credentials stay behind too")
{
    Route route("twilio", {}, url(at_twilio));
    REQUIRE(route.follow("https://api.dublin.ie1.twilio.com/x"));
    CHECK_FALSE(route.with_credentials());
}

TEST_CASE("only https and public addresses are fetched from")
{
    Route route("twilio", {}, url(at_twilio));
    CHECK(route.problem().empty());
    CHECK(route.reachable() == http::Reachable::public_only);
    REQUIRE(route.follow("http://mms.twiliocdn.com/x?secret=1"));
    CHECK(route.problem() == "http://mms.twiliocdn.com/x: media is fetched over https alone");
}

TEST_CASE("the api base stands in for the provider, and is the one local address")
{
    const http::Url base = url("http://127.0.0.1:8788/twilio/");
    Route route("sim", base, url(at_twilio));
    CHECK(route.here().origin() == "http://127.0.0.1:8788");
    CHECK(route.here().target == "/twilio/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1");
    CHECK(route.with_credentials());
    CHECK(route.problem().empty());
    CHECK(route.reachable() == http::Reachable::anywhere);
    REQUIRE(route.follow("http://127.0.0.1:9999/x"));
    CHECK_FALSE(route.problem().empty());
    CHECK(route.reachable() == http::Reachable::public_only);
    CHECK_FALSE(route.with_credentials());

    Route other("sim", base, url("https://example.com/a.png"));
    CHECK(other.here().host == "example.com");
    CHECK_FALSE(other.with_credentials());
}

TEST_CASE("the api base may keep media under another loopback name of its own, without credentials")
{
    const http::Url base = url("http://127.0.0.1:8788");
    Route route("sim", base, url("http://127.0.0.1:8788/2010-04-01/Media/ME1"));
    REQUIRE(route.follow("http://localhost:8788/media/ME1?Signature=x"));
    CHECK(route.problem().empty());
    CHECK(route.reachable() == http::Reachable::anywhere);
    CHECK_FALSE(route.with_credentials());

    for (const std::string elsewhere : {"http://localhost:8789/x",
                                        "http://10.0.0.1:8788/x",
                                        "http://example.com:8788/x",
                                        "http://169.254.169.254:8788/x"}) {
        REQUIRE(route.follow(elsewhere));
        INFO(elsewhere);
        CHECK_FALSE(route.problem().empty());
        CHECK(route.reachable() == http::Reachable::public_only);
    }
    Route live("twilio", {}, url("https://api.twilio.com/2010-04-01/Media/ME1"));
    REQUIRE(live.follow("http://localhost:8788/x"));
    CHECK_FALSE(live.problem().empty());
}
