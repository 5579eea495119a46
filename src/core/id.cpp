#include "core/id.hpp"

#include "core/crypto.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <pthread.h>
#include <string_view>

namespace smsctl {

namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32
constexpr int time_digits = 10;
constexpr std::size_t random_digits = 16;

/// How often this process is a fork of another: after one both would go on with the same bytes.
/// Asking for the process's id with every one of ours is a system call each.
unsigned forks()
{
    static std::atomic<unsigned> count = 0;
    static const int registered = ::pthread_atfork(nullptr, nullptr, [] { ++count; });
    static_cast<void>(registered);
    return count;
}

/// Random bytes for some digits, drawn for many ids at once: to ask for those of one costs as much.
std::string_view random_bytes()
{
    constexpr std::size_t ids_at_once = 64;
    thread_local std::string drawn;
    thread_local std::size_t used = 0;
    thread_local unsigned drawn_after = 0;
    if (used == drawn.size() || drawn_after != forks()) {
        drawn = crypto::random_bytes(random_digits * ids_at_once);
        used = 0;
        drawn_after = forks();
    }
    used += random_digits;
    return std::string_view(drawn).substr(used - random_digits, random_digits);
}

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
    for (const char byte : random_bytes())
        id += alphabet[static_cast<unsigned char>(byte) & 31U];
    return id;
}

} // namespace smsctl
