#pragma once

#include "providers/provider.hpp"
#include "support/fake_clock.hpp"
#include "support/loopback_server.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace smsctl::test {

inline const std::string account_id = "AC" + std::string(32, '1');
inline const std::string auth_token = "0123456789abcdef-not-to-be-seen";
inline const std::string account_path = "/2010-04-01/Accounts/" + account_id;
inline const http::Headers html{{"Content-Type", "text/html; charset=utf-8"}};
inline const std::string message_id = "SM" + std::string(32, 'a');

inline http::ServerResponse
answer(int status, std::string body, http::Headers headers = {{"Content-Type", "application/json"}})
{
    return {status, std::move(headers), std::move(body)};
}

inline http::ServerResponse refusal(int status, int code, const std::string& message = "no")
{
    return answer(status,
                  nlohmann::json{{"code", code}, {"message", message}, {"status", status}}.dump(),
                  {{"Content-Type", "application/json"}, {"Twilio-Request-Id", "RQ1"}});
}

inline nlohmann::json message_json(const std::string& status = "queued")
{
    return {{"sid", message_id},
            {"direction", "outbound-api"},
            {"status", status},
            {"to", "+14155550123"},
            {"from", "+15005550006"},
            {"body", "Hi"},
            {"date_sent", nullptr}};
}

inline nlohmann::json number_json(const std::string& address = "+15005550006")
{
    return {{"sid", "PN" + std::string(32, 'b')}, {"phone_number", address}, {"sms_url", ""}};
}

/// A page of a list in the 2010 API.
inline std::string
page(const char* list, const nlohmann::json& items, const nlohmann::json& next = nullptr)
{
    return nlohmann::json{{list, items}, {"next_page_uri", next}, {"page", 0}}.dump();
}

/// The error that `act` throws; fails the test when it throws none.
inline Error error_from(const std::function<void()>& act)
{
    try {
        act();
    } catch (const Error& error) {
        return error;
    }
    throw std::runtime_error("nothing was thrown");
}

/// What became of one submit.
inline providers::SubmitOutcome submit(providers::Submitter& submitter,
                                       const providers::Outgoing& message)
{
    submitter.start(1, message);
    auto submitted = submitter.wait({});
    if (submitted.size() != 1 || submitted.front().ticket != 1)
        throw std::runtime_error("one submit, but not one outcome");
    return std::move(submitted.front().outcome);
}
inline providers::SubmitOutcome submit(providers::Provider& provider,
                                       const providers::Outgoing& message)
{
    return submit(*provider.submitter(), message);
}

/// Twilio's far end, which gives `answers` in order and then the last one for ever.
class FarEnd {
public:
    explicit FarEnd(std::vector<http::ServerResponse> answers)
        : m_answers(std::move(answers)), m_server([this](const http::ServerRequest&) {
              const std::size_t index = m_given++;
              return m_answers[std::min(index, m_answers.size() - 1)];
          })
    {
    }

    LoopbackServer& server() { return m_server; }
    std::vector<http::ServerRequest> requests() const { return m_server.requests(); }
    providers::ProviderConfig config(Clock& clock) const
    {
        providers::ProviderConfig made;
        made.account_id = account_id;
        made.secret = Secret(auth_token);
        made.api_base = m_server.url("/");
        made.clock = &clock;
        return made;
    }

private:
    std::vector<http::ServerResponse> m_answers;
    std::atomic<std::size_t> m_given = 0;
    LoopbackServer m_server;
};

} // namespace smsctl::test
