#pragma once

#include "core/clock.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// A message that is still to be submitted.
struct OutboxEntry {
    std::int64_t message_row = 0;
    Instant due_at;
    std::string status_callback;
    std::optional<int> validity_seconds;
    int attempts = 0;
};

/// This process, as a lease names it: host, boot, pid namespace, pid and start time, so that a
/// recycled pid is another owner.
std::string this_process();
enum class Liveness { alive, gone, unknown };
/// Whether the process named by `owner` still runs. `gone` is certain: its pid ended or was given
/// out again, or this host has been booted since. `unknown` for other hosts and pid namespaces.
Liveness liveness(std::string_view owner);
/// Whether a lease of `owner` until `until` still holds. One whose owner is seen alive does however
/// late it is, and one whose owner is gone does not however early: the clock, which may jump, only
/// decides where nothing else can.
bool holds(std::string_view owner, Instant until, Instant now);

class Outbox {
public:
    explicit Outbox(Scope& scope) : m_scope(scope) {}

    void add(const OutboxEntry& entry);
    std::optional<OutboxEntry> find(std::int64_t message_row);
    /// Takes the entry for `owner` until `until` and counts an attempt; false when it is gone or
    /// taken, be it by `owner` itself.
    bool claim(std::int64_t message_row, std::string_view owner, Instant until);
    /// Gives a claimed entry back, to be submitted later.
    void release(std::int64_t message_row);
    /// The entry is settled: accepted, rejected or in doubt.
    void finish(std::int64_t message_row);
    /// Claimed entries whose lease does not hold any more: what was in the air is in doubt.
    std::vector<std::int64_t> abandoned(Instant now);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
