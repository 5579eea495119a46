#pragma once

#include "core/clock.hpp"
#include "sms/opt_out.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <string_view>

/// A text with STOP or START that a sync brings was written long ago, and others that were written
/// later may be here already: lists come newest first. What was decided last holds, in whatever
/// order it becomes known.
namespace smsctl::updates {

/// Whether a later text of the conversation holds a STOP or START.
bool wrote_again_since(store::Scope& scope, std::int64_t conversation_row, Instant at);

/// Whether something else than their texts decided later what `keyword` asks for: somebody here, by
/// hand, or the provider, when it refused a send.
bool decided_since(store::Scope& scope,
                   std::string_view address,
                   std::string_view our_address,
                   sms::Keyword keyword,
                   Instant at);

} // namespace smsctl::updates
