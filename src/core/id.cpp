#include "core/id.hpp"

#include "core/crypto.hpp"

#include <array>
#include <cstdint>

namespace smsctl {

namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32
constexpr int time_digits = 10;
constexpr int random_digits = 16;

} // namespace

std::string new_id(std::string_view prefix, Instant now)
{
    std::string id(prefix);
    id += '_';
    auto millis = static_cast<std::uint64_t>(now.time_since_epoch().count());
    std::array<char, time_digits> time{};
    for (auto digit = time.rbegin(); digit != time.rend(); ++digit) {
        *digit = alphabet[millis & 31U];
        millis >>= 5U;
    }
    id.append(time.data(), time.size());
    for (const char byte : crypto::random_bytes(random_digits))
        id += alphabet[static_cast<unsigned char>(byte) & 31U];
    return id;
}

} // namespace smsctl
