#pragma once

#include "http/form.hpp"
#include "http/server.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace smsctl::sim {

/// What can go wrong on demand. "After" means that the request was carried out.
enum class FaultKind {
    refuse_429,       ///< not carried out: 429 with code 20429
    error_500_before, ///< not carried out: 500 with code 20500
    error_500_after,
    html_503,     ///< not carried out: a proxy's page
    reset_before, ///< not carried out, the connection is reset
    reset_after,
    hang,     ///< carried out, and no answer ever
    truncate, ///< carried out, and half the JSON
};

struct FaultName {
    std::string_view name;
    FaultKind kind;
    std::string_view meaning; ///< for help
};
std::span<const FaultName> fault_names();

/// Which requests a fault is for.
enum class FaultScope { create, read };

struct Fault {
    FaultKind kind = FaultKind::refuse_429;
    FaultScope scope = FaultScope::create;
    std::int64_t count = 1;  ///< how many requests it hits
    std::int64_t skip = 0;   ///< how many pass first
    std::string retry_after; ///< seconds for Retry-After; empty: no such header
};

/// Faults that wait for requests, in the order they were asked for: the next begins when the one
/// before it is used up.
class Faults {
public:
    /// The form of POST /sim/faults: kind, count, skip, scope=create|read, retry_after; kind=none
    /// forgets all. Returns why it makes no sense; empty when all is well.
    std::string add(const http::Form& form);
    /// The fault that this request meets, if any; uses it up.
    std::optional<Fault> take(FaultScope scope);
    const std::deque<Fault>& waiting() const { return m_faults; }

private:
    std::deque<Fault> m_faults;
};

std::string_view name(FaultKind kind);
bool is_carried_out(FaultKind kind);
/// What the client sees instead of `real`, the answer it would have had.
http::ServerResponse disturbed(const Fault& fault, http::ServerResponse real);

} // namespace smsctl::sim
