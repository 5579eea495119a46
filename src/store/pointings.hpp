#pragma once

#include "core/clock.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// A number whose webhook a listener points at itself, and what is to be put back.
struct Pointing {
    std::int64_t number_row = 0;
    std::string url; ///< what the listener sets; empty: nothing is changed yet
    std::string former_url;
    std::string former_method;
    std::string owner; ///< the listener, as a lease names it
    Instant owner_until;
};

/// Each pointed number is one listener's; one that died leaves its to the next.
class Pointings {
public:
    explicit Pointings(Scope& scope) : m_scope(scope) {}

    std::optional<Pointing> find(std::int64_t number_row);
    /// Those that no listener holds any more and that are not put back.
    std::vector<Pointing> left_over(Instant now);
    /// Takes the number for `owner` until `until`, with what a dead listener left to put back;
    /// gives the holder's when somebody else holds it. In its own transaction.
    Pointing claim(std::int64_t number_row, std::string_view owner, Instant now, Instant until);
    /// Writes what `pointing`'s owner sets and will put back, and renews; false when the number is
    /// not the owner's any more.
    bool update(const Pointing& pointing);
    /// False as above.
    bool renew(std::int64_t number_row, std::string_view owner, Instant until);
    /// What is not put back yet stays, for the next.
    void release(std::int64_t number_row, std::string_view owner);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
