#include "commands/shared_options.hpp"
#include "commands/sim_command.hpp"
#include "core/atomic_file.hpp"
#include "core/crypto.hpp"
#include "sim/identity.hpp"
#include "sim/outcome.hpp"
#include "sim/simulator.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace smsctl {

namespace {

struct SimOptions {
    std::string address;
    std::string seed;
    std::string speed;
    std::optional<Millis> latency;
    std::string scenario;
    std::string ready_file;
    std::vector<std::string> command;
};

/// The whole text as a number of the type; throws `usage.value`.
template <typename Number>
Number to_number(const char* option, const std::string& text, const char* want)
{
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc() || stopped != end)
        throw usage_error("usage.value", fmt::format("{}: '{}' is not {}", option, text, want));
    return number;
}

std::uint64_t random_seed()
{
    std::uint64_t seed = 0;
    std::memcpy(&seed, crypto::random_bytes(sizeof seed).data(), sizeof seed);
    return seed;
}

std::string read_scenario(const std::string& path, std::istream& in)
{
    std::ostringstream text;
    if (path == "-") {
        text << in.rdbuf();
        return text.str();
    }
    std::ifstream file(path, std::ios::binary);
    if (!file || file.peek() == std::ifstream::traits_type::eof())
        throw usage_error("usage.scenario",
                          fmt::format("{} cannot be read, or is empty", path),
                          "see smsctl help simulator");
    text << file.rdbuf();
    return text.str();
}

sim::SimulatorOptions simulator_options(const SimOptions& options, Session& session)
{
    sim::SimulatorOptions wanted;
    wanted.address = options.address.empty() ? "127.0.0.1:0" : options.address;
    if (!options.seed.empty())
        wanted.seed =
            to_number<std::uint64_t>("--seed", options.seed, "a whole number of 0 or more");
    else
        wanted.ids_seed = random_seed();
    if (!options.speed.empty())
        wanted.speed = to_number<double>("--speed", options.speed, "a number such as 10 or 0.5");
    wanted.latency = options.latency.value_or(Millis(0));
    if (!options.scenario.empty()) {
        wanted.scenario = read_scenario(options.scenario, session.streams().in);
        wanted.scenario_name = options.scenario == "-" ? "stdin" : options.scenario;
    }
    if (session.options().verbosity > 0) {
        // Requests are told by the server's thread, webhooks by another.
        const auto one_at_a_time = std::make_shared<std::mutex>();
        wanted.log = [&session, one_at_a_time](std::string_view line) {
            const std::lock_guard lock(*one_at_a_time);
            session.note(line);
        };
    }
    return wanted;
}

/// Where the user asked; else the well-known address, or any port when that is taken or a command
/// is wrapped, which is told the address anyway.
std::unique_ptr<sim::Simulator> start(const SimOptions& options, Session& session)
{
    sim::SimulatorOptions wanted = simulator_options(options, session);
    if (options.address.empty() && options.command.empty()) {
        wanted.address = sim::default_address;
        try {
            return std::make_unique<sim::Simulator>(wanted);
        } catch (const Error& error) {
            if (error.code() != "usage.addr")
                throw;
            session.note(fmt::format("{} is taken; using another port", sim::default_address));
            wanted.address = "127.0.0.1:0";
        }
    }
    return std::make_unique<sim::Simulator>(wanted);
}

void write_ready_file(const std::string& path, const sim::Simulator& simulator)
{
    const nlohmann::ordered_json ready{{"addr", simulator.address()},
                                       {"url", simulator.url()},
                                       {"pid", ::getpid()},
                                       {"account_sid", simulator.account_id()},
                                       {"auth_token", simulator.auth_token()},
                                       {"messaging_service_sid", simulator.service_id()},
                                       {"numbers", simulator.numbers()}};
    write_atomically(path, ready.dump() + "\n");
}

void introduce(const sim::Simulator& simulator, Session& session)
{
    session.note(fmt::format("simulating Twilio at {} until ^C", simulator.url()));
    session.note(fmt::format(
        "account {}, numbers {}", simulator.account_id(), fmt::join(simulator.numbers(), " ")));
    session.note("in another shell:");
    for (const auto& [name, value] : sim_environment(simulator))
        session.note(fmt::format("  export {}={}", name, *value));
    // Else a default workspace would win over these variables and take its own account there.
    session.note("  export SMSCTL_WORKSPACE=env");
}

void run(const SimOptions& options, Session& session)
{
    const std::stop_token stop = session.stop_token();
    const auto simulator = start(options, session);
    std::jthread server([&](const std::stop_token& ended) { simulator->run(ended); });
    if (!options.ready_file.empty())
        write_ready_file(options.ready_file, *simulator);
    if (!options.command.empty()) {
        const int status = run_against(*simulator, options.command, session);
        session.set_exit(static_cast<Exit>(status));
        return;
    }
    introduce(*simulator, session);
    wait_for_stop(stop);
    if (session.signal() == 0)
        session.throw_if_stopped("");
}

std::string details()
{
    std::string text =
        "Credentials and numbers are the same each time; --seed N gives others, and the same ids "
        "of\n"
        "messages each time, which a database from an earlier run may already hold. Twilio's\n"
        "magic numbers decide what a send answers: +15005550001 is invalid, 2 not routable,\n"
        "3 a closed region, 4 opted out, 9 a landline; as sender 1 is invalid, 7 not ours, 8 has "
        "a\n"
        "full queue. The last digits of any other recipient decide what becomes of the message:\n";
    for (const sim::Outcome& row : sim::outcomes())
        text += fmt::format("  …{}  {:<12} {}\n", row.ending, row.status, row.meaning);
    text += "\nFaults, messages for later and what was counted: smsctl help simulator\n";
    return text;
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app) = {
        "smsctl sim    # until ^C\n"
        "smsctl sim -- sh -c 'smsctl send +14155552671 -m hello --wait delivered'\n"
        "smsctl sim --scenario friday.txt --seed 7 -- sh nightly.sh    # the same faults each "
        "time\n"
        "curl http://127.0.0.1:8788/sim/state    # all it holds\n"
        "curl -d kind=reset_after -d count=2 http://127.0.0.1:8788/sim/faults\n"
        "curl http://127.0.0.1:8788/sim/counts   # was anybody texted twice?",
        details(),
        ""};
    const auto options = std::make_shared<SimOptions>();
    add_text(app,
             "--addr",
             options->address,
             "HOST:PORT",
             "Where to listen, on loopback; port 0: any (default 127.0.0.1:8788 when it is free)");
    add_text(app, "--seed", options->seed, "N", "Other credentials and ids, the same for each N");
    add_text(app, "--speed", options->speed, "N", "Statuses move on N times as fast");
    add_duration(app, "--latency", options->latency, "Wait this long before each answer");
    add_text(app,
             "--scenario",
             options->scenario,
             "FILE",
             "What goes on: faults, outcomes, replies and more, a line each (help simulator); `-`: "
             "stdin");
    add_text(app,
             "--ready-file",
             options->ready_file,
             "FILE",
             "Write address, pid and credentials as JSON once it listens");
    add_operand(app,
                "CMD",
                options->command,
                "A program and its arguments, after `--`: run it against the simulator, in a "
                "throw-away database with the workspace sim, and exit with its status");
    on_run(app, session, options, run);
}

} // namespace

extern const Command sim_command;
const Command sim_command{"sim", Group::test_webhooks, "Simulate Twilio on this machine", declare};

} // namespace smsctl
