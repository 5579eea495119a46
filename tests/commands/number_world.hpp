#pragma once

#include "support/env_var.hpp"
#include "support/run_smsctl.hpp"
#include "support/running_sim.hpp"

#include <optional>
#include <stdexcept>
#include <string>

namespace smsctl::test {

/// A home with a workspace "demo" at a simulator of its own, nothing synced yet.
class NumberWorld {
public:
    NumberWorld() : m_api("SMSCTL_API_BASE", sim.sim().url())
    {
        m_token.emplace("SIM_TOKEN", sim.sim().auth_token());
        const Run added = run_smsctl({"workspace",
                                      "add",
                                      "demo",
                                      "--provider",
                                      "twilio",
                                      "--account-sid",
                                      sim.sim().account_id(),
                                      "--secret-env",
                                      "SIM_TOKEN",
                                      "--no-check"});
        if (added.exit != 0)
            throw std::runtime_error(added.err);
    }

    std::string number() const { return sim.sim().numbers().front(); }
    /// The number as the provider has it.
    nlohmann::json at_provider(const std::string& number)
    {
        const auto list = sim.json(200, "GET", sim.path("/IncomingPhoneNumbers.json"));
        for (const auto& item : list["incoming_phone_numbers"])
            if (item["phone_number"] == number)
                return item;
        throw std::runtime_error("no " + number + " at the simulator");
    }

    RunningSim sim;
    Home home;

private:
    EnvVar m_api;
    std::optional<EnvVar> m_token;
};

} // namespace smsctl::test
