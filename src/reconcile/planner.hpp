#pragma once

#include "core/clock.hpp"
#include "store/polls.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace smsctl::reconcile {

constexpr int page_size = 1000;

/// From then to then, both inclusive.
struct Span {
    Instant from;
    Instant to;
};

/// Whether a message that waits for its final status is to be asked about now: a minute, 5 and 30
/// minutes, 2 and 12 hours after its last change, then once a day, each time once.
bool is_due(const store::PollCandidate& message, Instant now);
/// The same for the price of a final one: 2 and 12 hours after its last change, then once a day
/// for a week.
bool is_price_due(const store::PollCandidate& message, Instant now);

/// Pages that so many messages fill; at least one.
std::size_t pages_for(std::size_t messages);
/// Whether list pages or single lookups ask less of the provider. `open` are the messages to ask
/// about, `expected` how many messages (both directions) the account is thought to have in their
/// span of time. Pages win ties, since they also show missed inbound messages; with nothing open
/// there is nothing to list.
bool pages_are_cheaper(std::size_t open, std::size_t expected);

/// How many messages the account is thought to have from one instant to another.
using Traffic = std::function<std::size_t(Instant from, Instant to)>;

/// What is read by pages, newest first; the messages outside are looked up.
struct Plan {
    std::vector<Span> spans;
    std::size_t requests = 0; ///< that it takes, as far as is known
};

/// The cheapest way to ask about messages that the provider dated as `dates` says, oldest first.
/// Asks `traffic` at most some hundred times, however many messages there are.
Plan plan(const std::vector<Instant>& dates, const Traffic& traffic);

/// Cuts a span into parts that can be read beside each other, newest first: as few as two, or just
/// the span, where it has few pages, so that half-full last pages cost at most two requests in all.
/// `dates` are those of messages in it, oldest first; `expected` is how many there are.
std::vector<Span> cut(const Span& span, const std::vector<Instant>& dates, std::size_t expected);

} // namespace smsctl::reconcile
