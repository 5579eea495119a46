#pragma once

#include <cstddef>

namespace smsctl::reconcile {

constexpr int page_size = 1000;

/// Whether list pages or single lookups ask less of the provider. `open` are the messages to ask
/// about, `expected` how many messages (both directions) the account is thought to have in their
/// span of time. Pages win ties, since they also show missed inbound messages; with nothing open
/// there is nothing to list.
bool pages_are_cheaper(std::size_t open, std::size_t expected);

} // namespace smsctl::reconcile
