#pragma once

#include "commands/traffic.hpp"
#include "support/loopback_server.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace smsctl::test::doctor_world {

inline const std::string number_json =
    R"({"sid":"PN00000000000000000000000000000001","account_sid":"AC1","phone_number":"+15550199",)"
    R"("friendly_name":"Desk","capabilities":{"sms":true,"mms":true,"voice":true},)"
    R"("sms_url":"https://sms.example.com/","sms_method":"POST"})";

/// A provider that takes every credential and owns one number.
struct FarEnd {
    std::string date;
    int status = 200;
    std::string number = number_json;
    LoopbackServer server{[this](const http::ServerRequest& request) {
        http::ServerResponse response;
        response.status = status;
        response.headers = {{"Content-Type", "application/json"}};
        if (request.target.find("IncomingPhoneNumbers/") != std::string::npos)
            response.body = number;
        else if (request.target.find("IncomingPhoneNumbers") != std::string::npos)
            response.body =
                R"({"incoming_phone_numbers":[)" + number + R"(],"next_page_uri":null})";
        else
            response.body = R"({"sid":"AC1","messages":[],"next_page_uri":null})";
        if (!date.empty())
            response.headers.emplace_back("Date", date);
        return response;
    }};
};

/// A workspace of which all is well.
struct World {
    Traffic traffic;
    FarEnd far_end;

    World() { set({"api-base=" + far_end.server.url(""), "public-url=https://sms.example.com"}); }
    void set(const std::vector<std::string>& pairs)
    {
        std::vector<std::string> arguments{"workspace", "set", "prod"};
        arguments.insert(arguments.end(), pairs.begin(), pairs.end());
        const Run run = run_smsctl(arguments);
        INFO(run.err);
        REQUIRE(run.exit == 0);
    }
    void sql(const std::string& statement)
    {
        store::Scope scope = traffic.scope();
        scope.database().connection().execute(statement);
    }
};

inline Run doctor(const std::vector<std::string>& more = {})
{
    std::vector<std::string> arguments{"doctor"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_smsctl(arguments);
}

/// The record of a check that is not ok, or the first of its name.
inline nlohmann::ordered_json check(const Run& run, const std::string& name)
{
    nlohmann::ordered_json found;
    for (const auto& record : run.records())
        if (record["name"] == name && (found.is_null() || record["status"] != "ok"))
            found = record;
    INFO("no check " << name << " in " << run.out << run.err);
    REQUIRE(found.is_object());
    return found;
}

inline std::vector<std::string> failed(const Run& run)
{
    std::vector<std::string> names;
    for (const auto& record : run.records())
        if (record["status"] == "failed")
            names.push_back(record["name"]);
    return names;
}

} // namespace smsctl::test::doctor_world
