#pragma once

#include "commands/traffic.hpp"
#include "http/client.hpp"
#include "http/form.hpp"
#include "support/loopback_server.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <vector>

namespace smsctl::test {

/// What the ready file says, once it is there.
inline nlohmann::json wait_for_ready(const std::filesystem::path& file)
{
    SystemClock clock;
    const Instant until = clock.now() + patience;
    while (!std::filesystem::exists(file)) {
        if (clock.now() > until)
            throw std::runtime_error("listen never was ready");
        clock.wait(Millis(5), {});
    }
    std::ifstream in(file);
    return nlohmann::json::parse(in);
}

inline http::Response post(const std::string& url, const http::Form& form, const std::string& token)
{
    http::Request request;
    request.method = "POST";
    request.url = url;
    request.body = http::encode_form(form);
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                       {"X-Twilio-Signature", providers::twilio::sign(url, form, token)}};
    request.timeout = patience;
    const http::Result result = http::Client("test").perform(request);
    const auto* response = std::get_if<http::Response>(&result);
    return response == nullptr ? http::Response() : *response;
}

/// A `listen` on another thread, and who posts to it.
class Listening {
public:
    Listening(Traffic& traffic,
              std::vector<std::string> arguments,
              const Surroundings& surroundings = {})
        : m_traffic(traffic), m_ready((traffic.home.path() / "ready.json").string())
    {
        std::filesystem::remove(m_ready); // of a life before
        arguments.insert(arguments.begin(),
                         {"listen", "--addr", "127.0.0.1:0", "--ready-file", m_ready});
        m_run = std::async(std::launch::async, [arguments, surroundings] {
            return run_smsctl(arguments, surroundings);
        });
        url = wait_for_ready(m_ready).at("url");
    }

    int receive(const std::string& sid,
                const std::string& body,
                const std::string& token = "smsctl-test-token")
    {
        return answer_to(sid, body, token).status;
    }
    http::Response answer_to(const std::string& sid,
                             const std::string& body,
                             const std::string& token = "smsctl-test-token")
    {
        return post(url,
                    {{"MessageSid", sid},
                     {"AccountSid", m_traffic.account_id},
                     {"From", test::their_number},
                     {"To", test::our_number},
                     {"Body", body},
                     {"SmsStatus", "received"}},
                    token);
    }
    int report(const std::string& sid, const std::string& status)
    {
        return post(url,
                    {{"MessageSid", sid},
                     {"AccountSid", m_traffic.account_id},
                     {"From", test::our_number},
                     {"To", test::their_number},
                     {"MessageStatus", status}},
                    "smsctl-test-token")
            .status;
    }
    Run result() { return m_run.get(); }

    std::string url;

private:
    Traffic& m_traffic;
    std::string m_ready;
    std::future<Run> m_run;
};

inline const std::string sid_1 = "SM00000000000000000000000000000001";
inline const std::string sid_2 = "SM00000000000000000000000000000002";

} // namespace smsctl::test
