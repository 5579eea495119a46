#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

namespace bench {

/// The id of message `number` of an account: as scattered as Twilio's are, with the number itself
/// in its last 16 digits. `sid_of` in reconcile.py makes the same.
inline std::string sid_of(std::size_t number)
{
    constexpr std::uint64_t golden = 0x9E3779B97F4A7C15;
    std::array<char, 35> text{};
    std::snprintf(text.data(),
                  text.size(),
                  "SM%016llx%016zx",
                  static_cast<unsigned long long>(number * golden),
                  number);
    return text.data();
}

} // namespace bench
