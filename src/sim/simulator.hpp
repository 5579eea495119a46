#pragma once

#include "core/clock.hpp"
#include "http/server.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sim {

struct SimulatorOptions {
    std::string address = "127.0.0.1:0";
    std::uint64_t seed = 0; ///< 0: the well-known identity
    /// When set, ids of messages go by it and not by `seed`: a database that outlives the simulator
    /// then never meets the same id twice.
    std::optional<std::uint64_t> ids_seed;
    double speed = 1;           ///< 10: statuses move on ten times as fast
    Millis latency = Millis(0); ///< before each answer
    std::string scenario;       ///< what goes on: the text of a scenario
    std::string scenario_name;  ///< what errors call it
    http::Trace log;            ///< one line a request, for people
};

/// A stateful Twilio on loopback: credentials, account, balance, numbers, Messaging Services,
/// calls, alerts, messages with their media, lifecycle and signed callbacks, applications' answers
/// to inbound ones, and the newer bulk API. The same seed and requests give the same identifiers.
/// Contacts no host but the callback URLs that clients give it, and those only on loopback.
class Simulator {
public:
    /// Throws usage errors for an address that is taken or not on loopback, and for a scenario that
    /// makes no sense.
    explicit Simulator(const SimulatorOptions& options);
    ~Simulator();

    std::string url() const; ///< "http://127.0.0.1:41234"
    std::string address() const;
    const std::string& account_id() const;
    const std::string& service_id() const; ///< of the one Messaging Service, "MG…"
    const std::string& auth_token() const; ///< no secret: it opens nothing but this simulator
    const std::vector<std::string>& numbers() const;
    /// Serves until `stop`.
    void run(const std::stop_token& stop);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace smsctl::sim
