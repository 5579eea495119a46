#pragma once

#include "http/client.hpp"
#include "http/form.hpp"
#include "sim/simulator.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

namespace smsctl::test {

/// A simulator on a port the system picked, served by a thread until the test ends. Header only, so
/// that just the tests that use it link the simulator.
class RunningSim {
public:
    explicit RunningSim(const sim::SimulatorOptions& options = fast())
        : m_sim(options), m_thread([this](const std::stop_token& stop) { m_sim.run(stop); })
    {
        auth = {m_sim.account_id(), Secret(m_sim.auth_token())};
    }

    /// Twenty times as fast: a message is delivered after 25 ms.
    static sim::SimulatorOptions fast()
    {
        sim::SimulatorOptions options;
        options.speed = 20;
        return options;
    }

    const sim::Simulator& sim() const { return m_sim; }
    /// "/2010-04-01/Accounts/AC…" and `rest`.
    std::string path(const std::string& rest) const
    {
        return "/2010-04-01/Accounts/" + m_sim.account_id() + rest;
    }

    /// What `perform` sends.
    http::Request
    request(std::string method, const std::string& target, const http::Form& form = {}) const
    {
        http::Request made;
        made.method = std::move(method);
        made.url = m_sim.url() + target;
        made.auth = auth;
        made.timeout = timeout;
        if (made.method == "POST") {
            made.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
            made.body = http::encode_form(form);
        }
        return made;
    }

    http::Result perform(std::string method, const std::string& target, const http::Form& form = {})
    {
        return m_client.perform(request(std::move(method), target, form));
    }

    /// The answer, which must come.
    http::Response ask(std::string method, const std::string& target, const http::Form& form = {})
    {
        const http::Result result = perform(std::move(method), target, form);
        if (const auto* error = std::get_if<http::TransportError>(&result))
            FAIL(error->message);
        return std::get<http::Response>(result);
    }

    /// The JSON of an answer whose status must be `status`.
    nlohmann::json
    json(int status, std::string method, const std::string& target, const http::Form& form = {})
    {
        const http::Response response = ask(std::move(method), target, form);
        INFO(target << " answered " << response.body);
        REQUIRE(response.status == status);
        return response.body.empty() ? nlohmann::json() : nlohmann::json::parse(response.body);
    }

    nlohmann::json state() { return json(200, "GET", "/sim/state"); }
    nlohmann::json create(const http::Form& form)
    {
        return json(201, "POST", path("/Messages.json"), form);
    }
    nlohmann::json fetch(const std::string& sid)
    {
        return json(200, "GET", path("/Messages/" + sid + ".json"));
    }

    /// Fetches the message until it says `status`; fails the test after five seconds.
    nlohmann::json wait_for(const std::string& sid, const std::string& status)
    {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        auto message = fetch(sid);
        while (message["status"] != status) {
            if (std::chrono::steady_clock::now() > until)
                FAIL("the message stays " << message["status"]);
            message = fetch(sid);
        }
        return message;
    }

    http::BasicAuth auth;
    Millis timeout = std::chrono::seconds(5);

private:
    sim::Simulator m_sim;
    http::Client m_client{"test"};
    std::jthread m_thread;
};

} // namespace smsctl::test
