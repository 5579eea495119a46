#include "delivery/retry.hpp"

#include "core/crypto.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace smsctl::delivery {

Millis retry_delay(int next_try, std::optional<Millis> retry_after, double unit_random)
{
    constexpr double first = 500;
    constexpr double most = 30'000;
    if (retry_after)
        return *retry_after;
    const double ceiling = std::min(most, first * std::exp2(next_try - 2));
    return Millis(static_cast<Millis::rep>(ceiling * unit_random));
}

double unit_random()
{
    std::uint32_t bits = 0;
    std::memcpy(&bits, crypto::random_bytes(sizeof bits).data(), sizeof bits);
    return bits / 4294967296.0;
}

bool refused_credentials(const providers::ProviderError& error)
{
    // Twilio's codes from 21000 on are about the message, whatever HTTP status they come with.
    constexpr int first_about_messages = 21000;
    return error.fault.http == 401 ||
           (error.fault.http == 403 && error.fault.code.value_or(0) < first_about_messages);
}

} // namespace smsctl::delivery
