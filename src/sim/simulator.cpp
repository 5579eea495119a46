#include "sim/simulator.hpp"

#include "core/error.hpp"
#include "core/time_text.hpp"
#include "sim/account.hpp"
#include "sim/alerts.hpp"
#include "sim/application.hpp"
#include "sim/callbacks.hpp"
#include "sim/calls.hpp"
#include "sim/comms.hpp"
#include "sim/control.hpp"
#include "sim/counts.hpp"
#include "sim/directives.hpp"
#include "sim/disturbed.hpp"
#include "sim/faults.hpp"
#include "sim/inbound.hpp"
#include "sim/ledger.hpp"
#include "sim/replies.hpp"
#include "sim/sim_clock.hpp"
#include "sim/twilio.hpp"
#include "sim/webhook_caller.hpp"

#include <fmt/format.h>

#include <random>

namespace smsctl::sim {

namespace {

std::optional<FaultScope> scope_of(const http::ServerRequest& request)
{
    if (Comms::is_comms(request.target))
        return Comms::scope_of(request);
    const std::string_view path =
        std::string_view(request.target).substr(0, request.target.find('?'));
    if (request.method == "GET")
        return FaultScope::read;
    if (request.method == "POST" && path.ends_with("/Messages.json"))
        return FaultScope::create;
    return std::nullopt;
}

/// The bulk API takes ten thousand recipients at once.
http::ServerLimits limits()
{
    http::ServerLimits wide;
    wide.body_bytes = std::size_t{10} << 20U;
    return wide;
}

void check(const SimulatorOptions& options)
{
    if (!(options.speed > 0))
        throw usage_error("usage.speed", "the simulator's speed must be more than 0");
}

/// As HTTP spells it.
std::string date_header(Instant now)
{
    std::string date = text::rfc2822(now);
    return date.replace(date.find("+0000"), std::string::npos, "GMT");
}

} // namespace

struct Simulator::Impl {
    explicit Impl(const SimulatorOptions& given)
        : options(given),
          account(given.seed, clock.now(), given.speed),
          server(
              given.address,
              [this](http::ServerRequest request, http::Responder respond) {
                  handle(request, std::move(respond));
              },
              limits()),
          after([this](Millis delay, std::function<void()> task) {
              server.after(delay, std::move(task));
          }),
          caller(account.auth_token(),
                 given.log,
                 [this](std::function<void()> task) { after(Millis(0), std::move(task)); }),
          faults(given.seed),
          callbacks(faults, caller, after, given.speed),
          surroundings{clock,
                       after,
                       [this](Webhook webhook) { callbacks.make(std::move(webhook)); },
                       "http://" + server.address()},
          ledger(account, surroundings, given.speed, given.seed),
          calls(account),
          alerts(account, clock),
          application(account, ledger, alerts, surroundings),
          inbound(account, ledger, application, surroundings),
          replies(inbound, after, given.speed, given.seed),
          world{account, ledger, calls, alerts, faults, replies, inbound, clock, traffic, caller},
          directives(world, after, given.speed),
          twilio(account, ledger, calls, alerts, clock),
          comms(account, ledger, clock),
          control(world, directives),
          chance(given.seed)
    {
        if (given.ids_seed)
            account.sids().restart(*given.ids_seed);
        for (const PhoneNumber& number : account.numbers())
            addresses.push_back(number.address);
        ledger.when_delivered([this](const Message& message) { replies.delivered(message); });
        directives.run(parse_scenario(given.scenario, given.scenario_name), given.scenario_name);
    }

    void handle(const http::ServerRequest& request, http::Responder respond);
    std::optional<Fault> fault_for(const http::ServerRequest& request);
    http::ServerResponse api_answer(const http::ServerRequest& request,
                                    const std::optional<Fault>& fault);
    /// How long the answer waits.
    Millis latency(const std::optional<Fault>& fault);

    SimulatorOptions options;
    SimClock clock;
    Account account;
    http::Server server;
    std::function<void(Millis delay, std::function<void()> task)> after;
    WebhookCaller caller;
    Faults faults;
    Callbacks callbacks;
    Surroundings surroundings;
    Ledger ledger;
    Traffic traffic;
    Calls calls;
    Alerts alerts;
    Application application;
    Inbound inbound;
    Replies replies;
    World world;
    Directives directives;
    Twilio twilio;
    Comms comms;
    Control control;
    std::mt19937_64 chance; ///< for latency
    std::vector<std::string> addresses;
    std::vector<http::Responder> hanging; ///< never answered, kept until the end
};

std::optional<Fault> Simulator::Impl::fault_for(const http::ServerRequest& request)
{
    const auto scope = scope_of(request);
    if (!scope || faults.waiting().empty())
        return std::nullopt;
    const http::Form form = http::decode_form(request.body);
    const std::string_view from = http::first(form, "From");
    return faults.take({*scope,
                        from.empty() ? http::first(form, "MessagingServiceSid") : from,
                        http::first(form, "To"),
                        request.on_kept_connection,
                        traffic.in_flight,
                        {}});
}

http::ServerResponse Simulator::Impl::api_answer(const http::ServerRequest& request,
                                                 const std::optional<Fault>& fault)
{
    if (Comms::is_comms(request.target))
        return comms.answer(request, fault);
    if (!fault)
        return twilio.answer(request);
    return disturbed(*fault,
                     is_carried_out(fault->kind) ? twilio.answer(request) : http::ServerResponse{});
}

Millis Simulator::Impl::latency(const std::optional<Fault>& fault)
{
    const Policy& policy = account.policy();
    Millis length = options.latency + policy.shortest_latency;
    const auto spread = (policy.longest_latency - policy.shortest_latency).count();
    if (spread > 0)
        length +=
            Millis(static_cast<Millis::rep>(chance() % static_cast<std::uint64_t>(spread + 1)));
    if (fault && fault->kind == FaultKind::slow)
        length += Millis(
            static_cast<Millis::rep>(static_cast<double>(fault->length.count()) / options.speed));
    return length;
}

void Simulator::Impl::handle(const http::ServerRequest& request, http::Responder respond)
{
    if (Control::is_control(request.target)) {
        respond(control.answer(request));
        return;
    }
    traffic.begin();
    const auto fault = fault_for(request);
    const bool hangs = fault && fault->kind == FaultKind::hang;
    http::ServerResponse response = api_answer(request, fault);
    traffic.answered(response);
    if (options.log)
        options.log(fmt::format(
            "{} {} {}", request.method, request.target, hangs ? "hangs" : what_came_of(response)));
    if (hangs) {
        hanging.push_back(std::move(respond));
        return;
    }
    response.headers.emplace_back("Date", date_header(clock.now()));
    if (http::header(response.headers, "Twilio-Request-Id").empty())
        response.headers.emplace_back("Twilio-Request-Id", account.sids().next("RQ"));
    const Millis waits = latency(fault);
    const double seconds = std::chrono::duration<double>(waits).count();
    response.headers.emplace_back("Twilio-Request-Duration", fmt::format("{:.3f}", seconds));
    response.headers.emplace_back("Twilio-Concurrent-Requests", fmt::to_string(traffic.in_flight));
    if (waits == Millis(0)) {
        --traffic.in_flight;
        respond(std::move(response));
        return;
    }
    // std::function copies what it holds, and a responder cannot be copied.
    const auto held = std::make_shared<http::Responder>(std::move(respond));
    server.after(waits, [this, held, response = std::move(response)]() mutable {
        --traffic.in_flight;
        (*held)(std::move(response));
    });
}

Simulator::Simulator(const SimulatorOptions& options)
{
    check(options);
    m_impl = std::make_unique<Impl>(options);
    if (!m_impl->server.is_loopback() || m_impl->server.port() == 0)
        throw usage_error(
            "usage.addr",
            fmt::format("the simulator listens on loopback only, not on {}", options.address),
            "use --addr 127.0.0.1:0");
}

Simulator::~Simulator() = default;

std::string Simulator::url() const
{
    return "http://" + address();
}

std::string Simulator::address() const
{
    return m_impl->server.address();
}

const std::string& Simulator::account_id() const
{
    return m_impl->account.sid();
}

const std::string& Simulator::service_id() const
{
    return m_impl->account.service_sid();
}

const std::string& Simulator::auth_token() const
{
    return m_impl->account.auth_token();
}

const std::vector<std::string>& Simulator::numbers() const
{
    return m_impl->addresses;
}

void Simulator::run(const std::stop_token& stop)
{
    // Those that hang are dropped first, or the server would wait for them.
    const std::stop_callback release(stop, [this] {
        m_impl->server.after(Millis(0), [this] {
            for (http::Responder& respond : m_impl->hanging) {
                http::ServerResponse response;
                response.hang_up = http::HangUp::reset;
                respond(std::move(response));
            }
            m_impl->hanging.clear();
        });
    });
    m_impl->server.run(stop);
}

} // namespace smsctl::sim
