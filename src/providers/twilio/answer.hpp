#pragma once

#include "http/client.hpp"
#include "providers/provider.hpp"

#include <optional>
#include <string_view>

namespace smsctl::providers::twilio {

/// What an exchange amounts to. `provider` is the name that errors carry.

/// Explains anything but a usable success: Twilio's own error, a proxy's page, a failed connection.
ProviderError explain_answer(const http::Result& result, std::string_view provider);

/// What became of a create, by the protocol text's table: only what certainly was not created may
/// be tried again, and what may have been created is `Unknown`.
SubmitOutcome outcome_of(const http::Result& result, std::string_view provider, Instant now);

/// Whether a request that is safe to repeat should be: no answer, 408, 429 or 5xx.
bool is_passing(const http::Result& result);

/// The wait that `Retry-After` asks for, in seconds or as an HTTP date; not negative.
std::optional<Millis> retry_after(const http::Result& result, Instant now);

/// The one error that a read ends with: `auth.refused`, `provider.rejected`, or, for what passes,
/// `provider.rate_limited` and `provider.unavailable`.
Error error_of(const ProviderError& error);

} // namespace smsctl::providers::twilio
