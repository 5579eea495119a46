#include "support/running_sim.hpp"

using namespace smsctl;
using test::RunningSim;

namespace {

/// A new service with these settings and no sender.
std::string make_service(RunningSim& far_end, http::Form settings = {})
{
    settings.emplace_back("FriendlyName", "Shop");
    return far_end.json(201, "POST", "/v1/Services", settings)["sid"];
}

std::string number_sid(RunningSim& far_end, const std::string& address)
{
    const auto list =
        far_end.json(200, "GET", far_end.path("/IncomingPhoneNumbers.json?PhoneNumber=" + address));
    return list["incoming_phone_numbers"][0]["sid"];
}

/// Takes a number out of the service that all belong to at first, and into this one.
void move_number(RunningSim& far_end, const std::string& address, const std::string& service)
{
    const std::string sid = number_sid(far_end, address);
    const std::string senders = "/v1/Services/" + far_end.sim().service_id() + "/PhoneNumbers/";
    CHECK(far_end.ask("DELETE", senders + sid).status == 204);
    far_end.json(
        201, "POST", "/v1/Services/" + service + "/PhoneNumbers", {{"PhoneNumberSid", sid}});
}

} // namespace

TEST_CASE("a service is made, changed, listed and deleted")
{
    RunningSim far_end;
    const std::string sid = make_service(far_end, {{"StatusCallback", "https://x.test/s"}});
    const std::string path = "/v1/Services/" + sid;
    CHECK(far_end.json(200, "GET", path)["status_callback"] == "https://x.test/s");
    const auto changed = far_end.json(
        200, "POST", path, {{"StickySender", "false"}, {"ValidityPeriod", "60"}, {"Other", "x"}});
    CHECK(changed["sticky_sender"] == false);
    CHECK(changed["validity_period"] == 60);
    CHECK(changed["links"]["phone_numbers"] == far_end.sim().url() + path + "/PhoneNumbers");

    const auto first = far_end.json(200, "GET", "/v1/Services?PageSize=1");
    CHECK(first["meta"]["key"] == "services");
    CHECK(first["services"][0]["sid"] == far_end.sim().service_id());
    const std::string next = first["meta"]["next_page_url"];
    const auto second = far_end.json(200, "GET", next.substr(far_end.sim().url().size()));
    CHECK(second["services"][0]["sid"] == sid);
    CHECK(second["meta"]["next_page_url"].is_null());

    CHECK(far_end.ask("DELETE", path).status == 204);
    far_end.json(404, "GET", path);
}

TEST_CASE("a service with settings that make no sense is refused")
{
    RunningSim far_end;
    const auto form = GENERATE(values<http::Form>({
        {},
        {{"FriendlyName", std::string(65, 'x')}},
        {{"FriendlyName", "a"}, {"InboundRequestUrl", "nowhere"}},
        {{"FriendlyName", "a"}, {"InboundMethod", "PUT"}},
        {{"FriendlyName", "a"}, {"StickySender", "perhaps"}},
        {{"FriendlyName", "a"}, {"ValidityPeriod", "0"}},
        {{"FriendlyName", "a"}, {"ScanMessageContent", "never"}},
    }));
    far_end.json(400, "POST", "/v1/Services", form);
    CHECK(far_end.state()["services"].size() == 1);
}

TEST_CASE("a number belongs to one service at a time")
{
    RunningSim far_end;
    const std::string service = make_service(far_end);
    const std::string senders = "/v1/Services/" + service + "/PhoneNumbers";
    const auto add = [&](int status, const std::string& sid) {
        return far_end.json(status, "POST", senders, {{"PhoneNumberSid", sid}});
    };
    const std::string sid = number_sid(far_end, "%2B14155550100");
    CHECK(add(409, sid)["code"] == 21712);
    CHECK(add(404, "PN00000000000000000000000000000000")["code"] == 20404);
    CHECK(add(400, number_sid(far_end, "%2B14155550102"))["code"] == 21715);
    move_number(far_end, "%2B14155550100", service);
    CHECK(add(409, sid)["code"] == 21710);
    const auto sender = far_end.json(200, "GET", senders + "/" + sid);
    CHECK(sender["capabilities"] == nlohmann::json({"MMS", "SMS", "Voice"}));
    CHECK(sender["country_code"] == "US");
    CHECK(far_end.json(200, "GET", senders)["phone_numbers"].size() == 1);
}

TEST_CASE("a service sends from its own numbers and says who cannot be reached")
{
    RunningSim far_end;
    const std::string service = make_service(far_end);
    const auto send = [&](int status, http::Form more) {
        more.insert(more.end(),
                    {{"To", "+14155552671"}, {"Body", "hi"}, {"MessagingServiceSid", service}});
        return far_end.json(status, "POST", far_end.path("/Messages.json"), more);
    };
    CHECK(send(400, {})["code"] == 21704);
    move_number(far_end, "%2B14155550101", service);
    CHECK(send(400, {{"MediaUrl", "https://x.test/a.png"}})["code"] == 21703);
    CHECK(send(400, {{"From", "+14155550100"}})["code"] == 21711);
    CHECK(send(201, {{"From", "+14155550101"}})["from"] == "+14155550101");
    const std::string sid = send(201, {})["sid"];
    CHECK(far_end.wait_for(sid, "delivered")["from"] == "+14155550101");
}

TEST_CASE("all numbers of a service share its opt-outs")
{
    RunningSim far_end;
    const auto text_in = [&](const std::string& to, const std::string& body) {
        far_end.json(
            201, "POST", "/sim/inbound", {{"From", "+14155552671"}, {"To", to}, {"Body", body}});
    };
    const auto send = [&](int status, const std::string& name, const std::string& sender) {
        far_end.json(status,
                     "POST",
                     far_end.path("/Messages.json"),
                     {{"To", "+14155552671"}, {"Body", "hi"}, {name, sender}});
    };
    const std::string other = make_service(far_end);
    move_number(far_end, "%2B14155550101", other);
    text_in("+14155550100", "stop");
    send(400, "From", "+14155550100");
    send(400, "From", "+15005550006");
    send(400, "MessagingServiceSid", far_end.sim().service_id());
    send(201, "From", "+14155550101");
    send(201, "MessagingServiceSid", other);
    text_in("+15005550006", "UNSTOP");
    send(201, "From", "+14155550100");
}

TEST_CASE("numbers are bought by number or area code, and given back")
{
    RunningSim far_end;
    const std::string numbers = far_end.path("/IncomingPhoneNumbers.json");
    const auto buy = [&](int status, const http::Form& form) {
        return far_end.json(status, "POST", numbers, form);
    };
    const auto bought = buy(201, {{"PhoneNumber", "+14155550177"}, {"SmsUrl", "https://x.test/"}});
    CHECK(bought["sms_url"] == "https://x.test/");
    CHECK(buy(201, {{"AreaCode", "212"}})["phone_number"] == "+12125550100");
    CHECK(buy(201, {{"AreaCode", "212"}})["phone_number"] == "+12125550101");
    CHECK(buy(400, {{"PhoneNumber", "+14155550177"}})["code"] == 21422);
    CHECK(buy(400, {{"PhoneNumber", "+15005550001"}})["code"] == 21421);
    CHECK(buy(400, {{"AreaCode", "1"}})["code"] == 21451);
    CHECK(buy(400, {{"PhoneNumber", "+14155550178"}, {"SmsUrl", "nowhere"}})["code"] == 21402);
    CHECK(far_end.state()["numbers"].size() == 7);

    CHECK(far_end.ask("DELETE", bought["uri"]).status == 204);
    far_end.json(404, "GET", bought["uri"]);
    far_end.json(400,
                 "POST",
                 far_end.path("/Messages.json"),
                 {{"To", "+14155552671"}, {"From", "+14155550177"}, {"Body", "hi"}});
}

TEST_CASE("calls that were put in are listed by their ends, status and time")
{
    RunningSim far_end;
    const auto call = [&](const http::Form& form) {
        return far_end.json(201, "POST", "/sim/calls", form);
    };
    const auto first = call({{"From", "+14155552671"},
                             {"To", "+14155550100"},
                             {"Duration", "61"},
                             {"StartTime", "2026-03-02T10:00:00Z"}});
    CHECK(first["direction"] == "inbound");
    CHECK(first["duration"] == "61");
    CHECK(first["end_time"] == "Mon, 02 Mar 2026 10:01:01 +0000");
    CHECK(first["price"] == "-0.02800");
    const auto second = call({{"From", "+14155550100"},
                              {"To", "+14155552671"},
                              {"Status", "no-answer"},
                              {"StartTime", "2026-03-03T10:00:00Z"}});
    CHECK(second["direction"] == "outbound-api");
    CHECK(second["price"].is_null());

    const auto found = [&](const std::string& query) {
        std::vector<std::string> sids;
        const auto page = far_end.json(200, "GET", far_end.path("/Calls.json?" + query));
        for (const auto& each : page["calls"])
            sids.push_back(each["sid"]);
        return sids;
    };
    const std::string one = first["sid"];
    const std::string two = second["sid"];
    CHECK(found("") == std::vector{two, one});
    CHECK(found("Status=no-answer") == std::vector{two});
    CHECK(found("To=%2B14155550100") == std::vector{one});
    CHECK(found("StartTime%3C=2026-03-03") == std::vector{one});
    CHECK(found("EndTime%3E=2026-03-03") == std::vector{two});
    CHECK(far_end.json(200, "GET", first["uri"]) == first);
    far_end.json(404, "GET", far_end.path("/Calls/CA00000000000000000000000000000000.json"));
    far_end.json(400, "GET", far_end.path("/Calls.json?StartTime=soon"));
}

TEST_CASE("a call that makes no sense is refused")
{
    RunningSim far_end;
    const auto form = GENERATE(values<http::Form>({
        {{"From", "+14155552671"}, {"To", "+14155559999"}},
        {{"From", ""}, {"To", "+14155550100"}},
        {{"From", "+14155552671"}, {"To", "+14155550100"}, {"Status", "lost"}},
        {{"From", "+14155552671"}, {"To", "+14155550100"}, {"Duration", "-1"}},
        {{"From", "+14155552671"}, {"To", "+14155550100"}, {"StartTime", "soon"}},
        {{"From", "+14155552671"}, {"To", "+14155550100"}, {"ParentCallSid", "CA1"}},
        {{"From", "+14155552671"}, {"To", "+14155550100"}, {"Direction", "up"}},
        {{"From", "+14155552671"}, {"To", "+14155550100"}, {"Length", "1"}},
    }));
    far_end.json(400, "POST", "/sim/calls", form);
    CHECK(far_end.state()["calls"].empty());
}
