#include "core/time_text.hpp"
#include "support/running_sim.hpp"

using namespace smsctl;
using test::RunningSim;

namespace {

const http::Form usual{{"To", "+14155552671"}, {"From", "+15005550006"}, {"Body", "hello"}};
const std::string service = "MG5100000000000000000000000000051a";

/// At this speed a queued message stays queued for the length of a test.
sim::SimulatorOptions slow()
{
    sim::SimulatorOptions options;
    options.speed = 0.001;
    return options;
}

} // namespace

TEST_CASE("a list is walked page by page with the filter kept, newest first")
{
    RunningSim far_end;
    std::vector<std::string> made;
    for (int i = 0; i < 5; ++i)
        made.push_back(far_end.create(usual)["sid"]);
    far_end.create({{"To", "+14155552672"}, {"From", "+15005550006"}, {"Body", "other"}});
    for (const std::string& sid : made)
        far_end.wait_for(sid, "delivered");

    std::vector<std::string> seen;
    std::string uri = far_end.path("/Messages.json?To=%2B14155552671&PageSize=2");
    while (!uri.empty()) {
        const auto page = far_end.json(200, "GET", uri);
        for (const auto& message : page["messages"])
            seen.push_back(message["sid"]);
        uri = page["next_page_uri"].is_null() ? "" : page["next_page_uri"].get<std::string>();
    }
    std::reverse(made.begin(), made.end());
    CHECK(seen == made);
}

TEST_CASE("a message is redacted, and only once it is out of the way")
{
    RunningSim far_end;
    const std::string sid = far_end.create(usual)["sid"];
    far_end.wait_for(sid, "delivered");
    const auto target = far_end.path("/Messages/" + sid + ".json");
    const auto redacted = far_end.json(200, "POST", target, {{"Body", ""}});
    CHECK(redacted["body"] == "");
    CHECK(redacted["status"] == "delivered");
    CHECK(far_end.state()["creates"][0]["body"] == "hello");
}

TEST_CASE("an update must be a redaction or a cancellation, and not both")
{
    RunningSim far_end(slow());
    const std::string sid = far_end.create(usual)["sid"];
    struct Row {
        std::string name;
        http::Form form;
        int status;
        int code;
    };
    const auto row = GENERATE(values<Row>({
        {"nothing", {}, 400, 30400},
        {"a new text", {{"Body", "other"}}, 400, 30400},
        {"both", {{"Body", ""}, {"Status", "canceled"}}, 400, 30400},
        {"another status", {{"Status", "cancelled"}}, 400, 30400},
        {"a redaction in flight", {{"Body", ""}}, 409, 20009},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const auto body =
            far_end.json(row.status, "POST", far_end.path("/Messages/" + sid + ".json"), row.form);
        CHECK(body["code"] == row.code);
    }
}

TEST_CASE("a scheduled message is canceled once; afterwards it is too late")
{
    RunningSim far_end;
    const std::string in_an_hour =
        text::rfc3339(SystemClock().now() + std::chrono::hours(1)).substr(0, 19) + "Z";
    const auto made = far_end.create({{"To", "+14155552671"},
                                      {"MessagingServiceSid", service},
                                      {"Body", "later"},
                                      {"ScheduleType", "fixed"},
                                      {"SendAt", in_an_hour}});
    CHECK(made["status"] == "scheduled");
    CHECK(made["from"].is_null());
    CHECK(made["num_segments"] == "0");
    const auto target = far_end.path("/Messages/" + made["sid"].get<std::string>() + ".json");
    CHECK(far_end.json(200, "POST", target, {{"Status", "canceled"}})["status"] == "canceled");
    CHECK(far_end.json(409, "POST", target, {{"Status", "canceled"}})["code"] == 30409);
}

TEST_CASE("a scheduled message goes out when the clock is put forward past its time")
{
    RunningSim far_end(slow());
    const std::string in_an_hour =
        text::rfc3339(SystemClock().now() + std::chrono::hours(1)).substr(0, 19) + "Z";
    const std::string sid = far_end.create({{"To", "+14155552671"},
                                            {"MessagingServiceSid", service},
                                            {"Body", "later"},
                                            {"ScheduleType", "fixed"},
                                            {"SendAt", in_an_hour}})["sid"];
    far_end.json(200, "POST", "/sim/clock", {{"advance", "59m"}});
    CHECK(far_end.fetch(sid)["status"] == "scheduled");
    CHECK(far_end.state()["creates"][0]["send_at"] == in_an_hour.substr(0, 19) + ".000Z");
    far_end.json(200, "POST", "/sim/clock", {{"advance", "2m"}});
    CHECK(far_end.fetch(sid)["status"] == "queued");
    CHECK(far_end.fetch(sid)["from"] == "+15005550006");
    CHECK(far_end.state()["creates"][0]["from"] == ""); // as it was asked for

    const std::string target = far_end.path("/Messages/" + sid + ".json");
    far_end.json(200, "POST", "/sim/clock", {{"advance", "10m"}});
    CHECK(far_end.fetch(sid)["status"] == "sending");
    CHECK(far_end.json(409, "POST", target, {{"Status", "canceled"}})["code"] == 30409);
}

TEST_CASE("the clock goes forward only, by a duration")
{
    RunningSim far_end;
    const auto advance = GENERATE("", "soon", "-5m");
    CHECK(far_end.json(400, "POST", "/sim/clock", {{"advance", advance}})["code"] == 20422);
}

TEST_CASE("a message is deleted when it is done, not in flight, and then gone")
{
    RunningSim far_end;
    const std::string sid = far_end.create(usual)["sid"];
    far_end.wait_for(sid, "delivered");
    const auto target = far_end.path("/Messages/" + sid + ".json");
    CHECK(far_end.ask("DELETE", target).status == 204);
    CHECK(far_end.json(404, "DELETE", target)["code"] == 20404);
    CHECK(far_end.json(404, "GET", target)["code"] == 20404);
    CHECK(far_end.json(200, "GET", far_end.path("/Messages.json"))["messages"].empty());
    CHECK(far_end.state()["messages"][0]["deleted"] == true);

    RunningSim waiting(slow());
    const std::string in_flight = waiting.create(usual)["sid"];
    CHECK(waiting.json(409, "DELETE", waiting.path("/Messages/" + in_flight + ".json"))["code"] ==
          20009);
}

TEST_CASE("the media of a message are listed and fetched")
{
    RunningSim far_end;
    const auto made = far_end.create({{"To", "+14155552671"},
                                      {"From", "+15005550006"},
                                      {"MediaUrl", "https://x.test/a.png"},
                                      {"MediaUrl", "https://x.test/b.jpg"}});
    CHECK(made["num_media"] == "2");
    const auto list = far_end.json(200, "GET", made["subresource_uris"]["media"]);
    REQUIRE(list["media_list"].size() == 2);
    const auto& media = list["media_list"][0];
    CHECK(media["parent_sid"] == made["sid"]);
    CHECK(far_end.json(200, "GET", media["uri"]) == media);
}

TEST_CASE("numbers are listed, fetched and changed")
{
    RunningSim far_end;
    const auto list = far_end.json(200, "GET", far_end.path("/IncomingPhoneNumbers.json"));
    REQUIRE(list["incoming_phone_numbers"].size() == 4);
    const auto first = list["incoming_phone_numbers"][0];
    CHECK(first["capabilities"]["mms"] == true);
    CHECK(list["incoming_phone_numbers"][2]["capabilities"]["mms"] == false);

    const std::string uri = first["uri"];
    const auto changed = far_end.json(
        200, "POST", uri, {{"SmsUrl", "http://127.0.0.1:8787/"}, {"FriendlyName", "Desk"}});
    CHECK(changed["sms_url"] == "http://127.0.0.1:8787/");
    CHECK(changed["friendly_name"] == "Desk");
    CHECK(far_end.json(200, "GET", uri) == changed);
    CHECK(far_end.json(200, "POST", uri, {{"SmsUrl", ""}})["sms_url"] == "");

    struct Row {
        std::size_t number;
        http::Form form;
        int code;
    };
    const auto row = GENERATE(values<Row>({
        {0, {{"SmsUrl", "nowhere"}}, 21402},
        {0, {{"SmsMethod", "PUT"}}, 21403},
        {0, {{"SmsFallbackUrl", "http://127.0.0.1/"}}, 21406},
        {3, {{"SmsUrl", "http://127.0.0.1/"}}, 21407},
        {0, {{"FriendlyName", std::string(65, 'a')}}, 20002},
    }));
    DYNAMIC_SECTION(row.code)
    {
        const std::string target = list["incoming_phone_numbers"][row.number]["uri"];
        CHECK(far_end.json(400, "POST", target, row.form)["code"] == row.code);
    }
}

TEST_CASE("the account and its balance are there")
{
    RunningSim far_end;
    CHECK(far_end.json(200, "GET", far_end.path(".json"))["status"] == "active");
    CHECK(far_end.json(200, "GET", far_end.path("/Balance.json"))["currency"] == "USD");
    CHECK(far_end.json(405, "POST", far_end.path("/Balance.json"))["code"] == 20004);
}

TEST_CASE("a body that is no form has no recipient")
{
    RunningSim far_end;
    http::Request request;
    request.method = "POST";
    request.url = far_end.sim().url() + far_end.path("/Messages.json");
    request.auth = far_end.auth;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = R"({"To":"+14155552671"})";
    const auto result = http::Client("test").perform(request);
    const auto body = nlohmann::json::parse(std::get<http::Response>(result).body);
    CHECK(body["code"] == 21604);
}
