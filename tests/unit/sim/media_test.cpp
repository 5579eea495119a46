#include "sim/media_content.hpp"
#include "support/running_sim.hpp"

using namespace smsctl;
using test::RunningSim;

namespace {

/// "/media/…" of a redirect's Location.
std::string target_of(const std::string& location)
{
    return location.substr(location.find("/media/"));
}

std::string only_medium(RunningSim& far_end, const http::Form& inbound)
{
    const auto message = far_end.json(201, "POST", "/sim/inbound", inbound);
    const auto list = far_end.json(200, "GET", message["subresource_uris"]["media"]);
    REQUIRE(list["media_list"].size() == 1);
    const std::string uri = list["media_list"][0]["uri"];
    return uri.substr(0, uri.size() - std::string(".json").size());
}

const http::Form picture{
    {"From", "+14155552671"}, {"To", "+15005550006"}, {"MediaUrl", "data:image/png;base64,aGk="}};

} // namespace

TEST_CASE("a medium's content is found through a redirect to another host name")
{
    RunningSim far_end;
    const auto redirect = far_end.ask("GET", only_medium(far_end, picture));
    CHECK(redirect.status == 307);
    const std::string location(http::header(redirect.headers, "Location"));
    CHECK(location.starts_with("http://localhost:"));

    SECTION("credentials must not come along")
    {
        const auto refused = far_end.ask("GET", target_of(location));
        CHECK(refused.status == 400);
        CHECK_THAT(refused.body, Catch::Contains("Only one auth mechanism"));
    }
    far_end.auth = {};
    SECTION("without them the bytes come with their type")
    {
        const auto content = far_end.ask("GET", target_of(location));
        CHECK(content.status == 200);
        CHECK(content.body == "hi");
        CHECK(http::header(content.headers, "Content-Type") == "image/png");
    }
    SECTION("a changed address is refused")
    {
        CHECK(far_end.ask("GET", target_of(location) + "0").status == 403);
    }
    SECTION("after four hours the address is of no use")
    {
        far_end.json(200, "POST", "/sim/clock", {{"advance", "4h"}});
        CHECK(far_end.ask("GET", target_of(location)).status == 403);
    }
}

TEST_CASE("media are listed by date and deleted one by one")
{
    RunningSim far_end;
    const std::string medium = only_medium(far_end, picture);
    const std::string list = medium.substr(0, medium.rfind('/')) + ".json";
    const auto count = [&](const std::string& query) {
        return far_end.json(200, "GET", list + query)["media_list"].size();
    };
    CHECK(count("?DateCreated%3E=2020-01-01") == 1);
    CHECK(count("?DateCreated%3C=2020-01-01") == 0);
    far_end.json(400, "GET", list + "?DateCreated=soon");

    CHECK(far_end.ask("DELETE", medium + ".json").status == 204);
    CHECK(count("") == 0);
    far_end.json(404, "GET", medium + ".json");
    far_end.json(404, "GET", medium);
    CHECK(far_end.state()["messages"][0]["media"][0]["deleted"] == true);
}

TEST_CASE("a file that nobody gave is a small one of its ending's type")
{
    struct Row {
        std::string url;
        std::string type;
        std::string beginning;
    };
    const auto row = GENERATE(values<Row>({
        {"https://x.test/a.PNG?x=1", "image/png", "\x89PNG"},
        {"https://x.test/a.gif", "image/gif", "GIF89a"},
        {"https://x.test/a", "image/jpeg", "\xFF\xD8\xFF"},
        {"https://x.test/a.pdf", "application/pdf", "%PDF"},
        {"https://x.test/a.vcf", "text/vcard", "BEGIN:VCARD"},
        {"data:,plain", "text/plain", "plain"},
        {"data:text/csv,a;b", "text/csv", "a;b"},
        {"data:", "text/plain", ""},
    }));
    DYNAMIC_SECTION(row.url)
    {
        const sim::MediaFile file = sim::media_file(row.url);
        CHECK(file.content_type == row.type);
        CHECK(file.bytes.starts_with(row.beginning));
    }
}

TEST_CASE("feedback on a message is kept")
{
    RunningSim far_end;
    const auto message =
        far_end.create({{"To", "+14155552671"}, {"From", "+15005550006"}, {"Body", "hello"}});
    const std::string sid = message["sid"];
    const std::string target = far_end.path("/Messages/" + sid + "/Feedback.json");
    const auto feedback = far_end.json(201, "POST", target, {{"Outcome", "confirmed"}});
    CHECK(feedback["outcome"] == "confirmed");
    CHECK(feedback["message_sid"] == sid);
    CHECK(far_end.state()["messages"][0]["feedback"] == "confirmed");
    far_end.json(400, "POST", target, {{"Outcome", "maybe"}});
}
