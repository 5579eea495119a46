#include "delivery/retry.hpp"

#include <algorithm>
#include <cmath>

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

} // namespace smsctl::delivery
