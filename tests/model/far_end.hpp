#pragma once

#include "http/client.hpp"
#include "http/form.hpp"
#include "providers/twilio/api.hpp"
#include "sim/account.hpp"
#include "sim/alerts.hpp"
#include "sim/calls.hpp"
#include "sim/ledger.hpp"
#include "sim/twilio.hpp"
#include "support/fake_clock.hpp"
#include "support/refusing_provider.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace smsctl::model {

/// The simulated provider without sockets and without time of its own: its state, its API, what it
/// wants to call back, and what goes wrong on the way to it.
class FarEnd {
public:
    FarEnd(test::FakeClock& clock, std::uint64_t seed);

    /// Lets time pass, with all that becomes of messages meanwhile.
    void pass(Millis length);
    /// A text reaches our number.
    const sim::Message& receive(const std::string& from, const std::string& body);
    /// Somebody else sends from the account.
    void send_elsewhere(const std::string& to, const std::string& body);
    /// One request by a process that may die before it, after it, or before its answer is read.
    http::Result
    exchange(const std::string& method, const std::string& path, const http::Form& form);

    const sim::Account& account() const { return m_account; }
    const std::string& our_number() const { return m_account.numbers().front().address; }
    const std::deque<sim::Message>& messages() const { return m_ledger.all(); }
    /// What it wants to tell, in order; whoever takes some removes them.
    std::vector<sim::Webhook>& callbacks() { return m_callbacks; }

    bool is_away = false;     ///< nothing gets through
    int troubled_percent = 0; ///< creates whose answer is lost, or that are refused or fail

private:
    http::Result trouble(const http::ServerRequest& request);

    test::FakeClock& m_clock;
    std::minstd_rand m_random;
    sim::Account m_account;
    std::multimap<Instant, std::function<void()>> m_tasks;
    std::vector<sim::Webhook> m_callbacks;
    sim::Ledger m_ledger;
    sim::Calls m_calls;
    sim::Alerts m_alerts;
    sim::Twilio m_api;
};

/// Our side of it: the real readers and rules of the Twilio client over `FarEnd::exchange`.
class Line final : public test::RefusingProvider {
public:
    Line(FarEnd& far_end, Clock& clock);

    std::unique_ptr<providers::Submitter> submitter() override;
    std::unique_ptr<providers::Reader> reader() override;
    Millis status_horizon() const override { return std::chrono::days(14); }
    std::optional<providers::RemoteMessage> fetch(std::string_view provider_id) override;
    providers::MessagePage list_messages(const providers::MessageFilter& filter,
                                         std::string_view page) override;
    void check_credentials() override {}

private:
    FarEnd& m_far_end;
    providers::twilio::Api m_api;
};

} // namespace smsctl::model
