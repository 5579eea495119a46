#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>

namespace smsctl::sim {

/// Identifiers as Twilio writes them: two letters and 32 hex digits. The same seed gives the same
/// sequence, one sequence a prefix, so that reads do not shift the names of later messages.
class Sids {
public:
    explicit Sids(std::uint64_t seed) : m_seed(seed) {}

    /// Goes on with the sequences of another seed.
    void restart(std::uint64_t seed);
    std::string next(std::string_view prefix);
    /// 32 hex digits of the sequence called `name`.
    std::string next_hex(std::string_view name);

private:
    std::uint64_t m_seed;
    std::map<std::string, std::mt19937_64, std::less<>> m_sequences;
};

/// Whether `text` is `prefix` and 32 hex digits.
bool is_sid(std::string_view text, std::string_view prefix);

} // namespace smsctl::sim
