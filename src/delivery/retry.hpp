#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"

#include <optional>

namespace smsctl::delivery {

constexpr int submit_tries = 4;
/// A provider that asks for a longer pause than this is not waited for.
constexpr Millis longest_pause = std::chrono::minutes(5);

/// How long to wait before try number `next_try` (2, 3 …): what the provider asked for, else full
/// jitter under 0.5 s doubled for each try, 30 s at most. `unit_random` is in [0, 1).
Millis retry_delay(int next_try, std::optional<Millis> retry_after, double unit_random);

/// A random number in [0, 1) for it.
double unit_random();

/// Whether the provider refused us rather than the message: once the credentials are put right the
/// very same message may go.
bool refused_credentials(const providers::ProviderError& error);

} // namespace smsctl::delivery
