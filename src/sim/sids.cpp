#include "sim/sids.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace smsctl::sim {

namespace {

constexpr std::size_t hex_digits = 32;

std::mt19937_64 sequence(std::uint64_t seed, std::string_view name)
{
    std::vector<std::uint32_t> start{static_cast<std::uint32_t>(seed),
                                     static_cast<std::uint32_t>(seed >> 32U)};
    for (const char letter : name)
        start.push_back(static_cast<unsigned char>(letter));
    std::seed_seq mixed(start.begin(), start.end());
    return std::mt19937_64(mixed);
}

bool is_hex(char letter)
{
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f') ||
           (letter >= 'A' && letter <= 'F');
}

} // namespace

void Sids::restart(std::uint64_t seed)
{
    m_seed = seed;
    m_sequences.clear();
}

std::string Sids::next(std::string_view prefix)
{
    return std::string(prefix) + next_hex(prefix);
}

std::string Sids::next_hex(std::string_view name)
{
    auto found = m_sequences.find(name);
    if (found == m_sequences.end())
        found = m_sequences.emplace(name, sequence(m_seed, name)).first;
    const std::uint64_t high = found->second();
    const std::uint64_t low = found->second();
    return fmt::format("{:016x}{:016x}", high, low);
}

bool is_sid(std::string_view text, std::string_view prefix)
{
    return text.size() == prefix.size() + hex_digits && text.starts_with(prefix) &&
           std::all_of(
               text.begin() + static_cast<std::ptrdiff_t>(prefix.size()), text.end(), is_hex);
}

} // namespace smsctl::sim
