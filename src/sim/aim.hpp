#pragma once

#include "http/form.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace smsctl::sim {

/// Which requests, messages or callbacks a fault or rule strikes, and how many of them.
struct Aim {
    enum class Shot {
        hit,
        miss, ///< by chance: the next in line has its turn
        pass, ///< one of those that are let pass first: nothing strikes it
    };

    bool concerns(std::string_view sender, std::string_view recipient) const
    {
        return (from.empty() || from == sender) && (to.empty() || to == recipient);
    }
    /// Decides about one that it concerns, and counts it.
    Shot shoot();
    bool is_used_up() const { return count == 0; }

    std::string from;                  ///< empty: any
    std::string to;                    ///< empty: any
    std::optional<std::int64_t> count; ///< how many it still hits; none: no end
    std::int64_t skip = 0;             ///< how many pass first
    std::int64_t hundredths = 10'000;  ///< of a percent that it hits, by chance
    std::mt19937_64 chance;
};

/// Reads the fields of an aim, or returns why they make no sense. `count` is set where the form has
/// it.
std::string read_aim(const http::Form& form, Aim& aim);

} // namespace smsctl::sim
