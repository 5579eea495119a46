#include "model/far_end.hpp"

#include "core/crypto.hpp"
#include "model/death.hpp"
#include "providers/twilio/answer.hpp"
#include "providers/twilio/message_list.hpp"
#include "providers/twilio/payload.hpp"

#include <fmt/format.h>

#include <deque>
#include <stdexcept>
#include <utility>

namespace smsctl::model {

namespace {

namespace twilio = providers::twilio;

const std::string base = "http://127.0.0.1:1";

http::TransportError lost(http::Reached reached)
{
    return {reached,
            reached == http::Reached::no ? "no route to the host" : "the connection broke"};
}

http::ServerRequest server_request(const std::string& method,
                                   const std::string& path,
                                   const http::Form& form,
                                   const sim::Account& account)
{
    http::ServerRequest request;
    request.method = method;
    request.target = path;
    request.headers = {
        {"Host", "127.0.0.1:1"},
        {"Authorization", "Basic " + crypto::base64(account.sid() + ":" + account.auth_token())},
        {"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = http::encode_form(form);
    return request;
}

providers::ProviderConfig config(const sim::Account& account, Clock& clock)
{
    providers::ProviderConfig made;
    made.account_id = account.sid();
    made.secret = Secret(account.auth_token());
    made.api_base = base;
    made.clock = &clock;
    return made;
}

/// Answers at once, in the order of the starts.
class LineSubmitter final : public providers::Submitter {
public:
    LineSubmitter(FarEnd& far_end, const twilio::Api& api) : m_far_end(far_end), m_api(api) {}

    void start(std::int64_t ticket, const providers::Outgoing& message) override
    {
        m_begun.emplace_back(ticket, message);
    }
    std::size_t in_flight() const override { return m_begun.size(); }
    void wake() override {}
    std::vector<providers::Submitted> wait(std::optional<Millis>) override
    {
        std::vector<providers::Submitted> answers;
        for (const auto& [ticket, message] : std::exchange(m_begun, {}))
            answers.push_back(
                {ticket,
                 m_api.submitted(m_far_end.exchange("POST",
                                                    m_api.account_path("/Messages.json"),
                                                    {{"To", message.to},
                                                     {"From", message.from},
                                                     {"Body", message.body},
                                                     {"StatusCallback", message.status_callback}})),
                 {}});
        return answers;
    }

private:
    FarEnd& m_far_end;
    const twilio::Api& m_api;
    std::deque<std::pair<std::int64_t, providers::Outgoing>> m_begun;
};

class LineReader final : public providers::Reader {
public:
    explicit LineReader(Line& line) : m_line(line) {}

    void start(std::int64_t ticket, const providers::MessageRead& read) override
    {
        m_begun.emplace_back(ticket, read);
    }
    std::size_t in_flight() const override { return m_begun.size(); }
    void wake() override {}
    std::vector<providers::ReadAnswer> wait(std::optional<Millis>) override
    {
        std::vector<providers::ReadAnswer> answers;
        for (const auto& [ticket, read] : std::exchange(m_begun, {}))
            answers.push_back({ticket, outcome(read)});
        return answers;
    }

private:
    providers::ReadOutcome outcome(const providers::MessageRead& read)
    {
        try {
            if (read.what == providers::MessageRead::What::message)
                return m_line.fetch(read.provider_id);
            if (read.what == providers::MessageRead::What::list)
                return m_line.list_messages(read.filter, read.page);
            return std::vector<sms::Media>();
        } catch (const Error& error) {
            return providers::NotNow{error, std::nullopt, false};
        }
    }

    Line& m_line;
    std::deque<std::pair<std::int64_t, providers::MessageRead>> m_begun;
};

} // namespace

FarEnd::FarEnd(test::FakeClock& clock, std::uint64_t seed)
    : m_clock(clock),
      m_random(static_cast<std::minstd_rand::result_type>(seed)),
      m_account(0, clock.now()),
      m_ledger(m_account,
               {clock,
                [this](Millis delay, std::function<void()> task) {
                    m_tasks.emplace(m_clock.now() + delay, std::move(task));
                },
                [this](sim::Webhook webhook) { m_callbacks.push_back(std::move(webhook)); }},
               1),
      m_calls(m_account),
      m_alerts(m_account, clock),
      m_api(m_account, m_ledger, m_calls, m_alerts, clock)
{
}

void FarEnd::pass(Millis length)
{
    const Instant end = m_clock.now() + length;
    while (!m_tasks.empty() && m_tasks.begin()->first <= end) {
        auto next = m_tasks.extract(m_tasks.begin());
        if (next.key() > m_clock.now())
            m_clock.step(next.key() - m_clock.now());
        next.mapped()();
    }
    if (end > m_clock.now())
        m_clock.step(end - m_clock.now());
}

const sim::Message& FarEnd::receive(const std::string& from, const std::string& body)
{
    sim::Message message;
    message.sid = m_account.sids().next("SM");
    message.direction = "inbound";
    message.status = "received";
    message.from = from;
    message.to = our_number();
    message.body = body;
    message.segments = 1;
    message.created_at = message.updated_at = m_clock.now();
    message.sent_at = message.created_at;
    const sim::Message& stored = m_ledger.add(std::move(message));
    m_callbacks.push_back({stored.sid,
                           "inbound",
                           base,
                           "POST",
                           {{"MessageSid", stored.sid},
                            {"AccountSid", m_account.sid()},
                            {"From", from},
                            {"To", stored.to},
                            {"Body", body},
                            {"NumMedia", "0"},
                            {"NumSegments", "1"},
                            {"SmsStatus", "received"}}});
    return stored;
}

void FarEnd::send_elsewhere(const std::string& to, const std::string& body)
{
    m_api.answer(
        server_request("POST",
                       fmt::format("/2010-04-01/Accounts/{}/Messages.json", m_account.sid()),
                       {{"To", to}, {"From", our_number()}, {"Body", body}},
                       m_account));
}

http::Result
FarEnd::exchange(const std::string& method, const std::string& path, const http::Form& form)
{
    if (!Death::instance().step() || is_away)
        return lost(http::Reached::no);
    const http::ServerRequest request = server_request(method, path, form, m_account);
    http::Result result = method == "POST" ? trouble(request) : [&] {
        http::ServerResponse answer = m_api.answer(request);
        return http::Result(
            http::Response{answer.status, std::move(answer.headers), std::move(answer.body)});
    }();
    // It may have been carried out, and nobody lives to hear of it.
    if (!Death::instance().step())
        return lost(http::Reached::maybe);
    return result;
}

http::Result FarEnd::trouble(const http::ServerRequest& request)
{
    const bool is_troubled = static_cast<int>(m_random() % 100) < troubled_percent;
    const auto kind = is_troubled ? m_random() % 5 : 5;
    if (kind == 0)
        return lost(http::Reached::no);
    if (kind == 1) // before it was carried out, which nobody can tell
        return lost(http::Reached::maybe);
    if (kind == 2)
        return http::Response{429, {}, R"({"code": 20429, "message": "Too Many Requests"})"};
    http::ServerResponse answer = m_api.answer(request);
    if (kind == 3)
        return lost(http::Reached::maybe);
    if (kind == 4)
        return http::Response{500, {}, "an error page"};
    return http::Response{answer.status, std::move(answer.headers), std::move(answer.body)};
}

Line::Line(FarEnd& far_end, Clock& clock)
    : m_far_end(far_end), m_api("twilio", config(far_end.account(), clock))
{
}

std::unique_ptr<providers::Submitter> Line::submitter()
{
    return std::make_unique<LineSubmitter>(m_far_end, m_api);
}

std::unique_ptr<providers::Reader> Line::reader()
{
    return std::make_unique<LineReader>(*this);
}

std::optional<providers::RemoteMessage> Line::fetch(std::string_view provider_id)
{
    const http::Result result =
        m_far_end.exchange("GET", twilio::message_path(m_api, provider_id), {});
    const auto* response = std::get_if<http::Response>(&result);
    if (response == nullptr || (response->status != 200 && response->status != 404))
        throw twilio::error_of(m_api.explained(result));
    return response->status == 404 ? std::nullopt : twilio::read_message(response->body);
}

providers::MessagePage Line::list_messages(const providers::MessageFilter& filter,
                                           std::string_view page)
{
    const std::string path = twilio::list_path(m_api, filter, page);
    const http::Result result = m_far_end.exchange("GET", path, {});
    const auto* response = std::get_if<http::Response>(&result);
    if (response == nullptr || response->status != 200)
        throw twilio::error_of(m_api.explained(result));
    return twilio::page_of(twilio::read_message_page(response->body).value(), path, filter, m_api);
}

} // namespace smsctl::model
