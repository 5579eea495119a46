#pragma once

#include "core/clock.hpp"
#include "http/form.hpp"
#include "sim/aim.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace smsctl::sim {

/// What can go wrong on demand. "After" means that the request was carried out.
enum class FaultKind {
    refuse_429,       ///< not carried out: 429 with code 20429
    queue_full,       ///< not carried out: 429 with code 21611
    opted_out,        ///< not carried out: 400 with code 21610
    error_500_before, ///< not carried out: 500 with code 20500
    error_500_after,
    html_503,     ///< not carried out: a proxy's page
    reset_before, ///< not carried out, the connection is reset
    reset_after,
    close_before, ///< not carried out, the connection ends in good order
    close_after,
    hang,             ///< carried out, and no answer ever
    truncate,         ///< carried out, and half the JSON
    error_503_before, ///< not carried out: 503 with code 20503
    error_503_after,
    empty_body,     ///< carried out, and answered with headers alone
    empty_answer,   ///< carried out, and answered with nothing but the status
    refuse_401,     ///< not carried out: 401 with code 20003
    slow,           ///< carried out, and answered after a delay
    extra_field,    ///< carried out, and answered with fields that nobody knows
    unknown_status, ///< carried out, and answered with a status that nobody knows
    late,           ///< a read of the bulk API: what was done cannot be seen yet
    ignore_filters, ///< a read of the bulk API: everything of the account is listed
    lost,           ///< a callback: never made
    duplicate,      ///< a callback: made twice
    delay,          ///< a callback: made later
    reorder,        ///< a callback: made after the one that follows it
};

struct FaultName {
    std::string_view name;
    FaultKind kind;
    std::string_view meaning; ///< for help
};
std::span<const FaultName> fault_names();

struct FaultField {
    std::string_view name;
    std::string_view meaning; ///< for help
};
/// The fields of POST /sim/faults beside `kind`.
std::span<const FaultField> fault_fields();

/// Which requests a fault is for: those to the API, or those that the simulator makes.
enum class FaultScope { create, read, bulk, bulk_read, callback };
std::string_view word(FaultScope scope);

/// A request, as far as faults look at it.
struct Occasion {
    FaultScope scope = FaultScope::create;
    std::string_view from; ///< a number or a Messaging Service; empty unless it creates
    std::string_view to;
    bool on_kept_connection = false;
    int in_flight = 1;      ///< with this one
    std::string_view event; ///< of a callback: "delivered", "inbound"
};

struct Fault {
    bool concerns(const Occasion& occasion) const;

    FaultKind kind = FaultKind::refuse_429;
    FaultScope scope = FaultScope::create;
    Aim aim;
    bool kept = false;       ///< only requests that reuse a connection
    std::int64_t above = 0;  ///< only with more requests than this in flight
    std::string event;       ///< only callbacks with this status, or "inbound"; empty: any
    Millis length{0};        ///< of what is slow or delayed
    std::string retry_after; ///< seconds for Retry-After; empty: no such header
};

/// Faults that wait for requests, in the order they were asked for: of those that concern a
/// request, the next begins when the one before it is used up. Chance goes by the seed and the
/// order in which requests come.
class Faults {
public:
    explicit Faults(std::uint64_t seed = 0) : m_seed(seed) {}

    /// The form of POST /sim/faults, its fields as in `Fault` and `percent` for the chance;
    /// kind=none forgets all. Returns why it makes no sense; empty when all is well.
    std::string add(const http::Form& form);
    /// The fault that this request meets, if any; uses it up.
    std::optional<Fault> take(const Occasion& occasion);
    const std::deque<Fault>& waiting() const { return m_faults; }
    /// How many requests each kind has hit.
    const std::map<std::string_view, std::int64_t>& hits() const { return m_hits; }

private:
    std::uint64_t m_seed;
    std::uint64_t m_added = 0;
    std::deque<Fault> m_faults;
    std::map<std::string_view, std::int64_t> m_hits;
};

std::string_view name(FaultKind kind);

} // namespace smsctl::sim
