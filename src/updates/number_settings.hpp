#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "sms/number.hpp"
#include "store/scope.hpp"

#include <optional>
#include <string>

namespace smsctl::updates {

/// New settings of a number; what is not set stays.
struct NumberSettings {
    std::optional<std::string> webhook_url; ///< empty: inbound messages go nowhere
    std::optional<std::string> friendly_name;
    std::optional<std::string> owner; ///< ours alone, never told to the provider; empty: nobody
    bool undo_webhook = false;        ///< put back what the last `webhook_url` replaced
};

/// `number` as it would be with `settings`. Throws usage errors (2): `usage.webhook_url` for a URL
/// that is not http or https, `usage.friendly_name`, `usage.owner`, `usage.nothing_to_undo`.
sms::Number with_settings(const sms::Number& number, const NumberSettings& settings);

/// Whether the provider has to be told of what differs.
bool concerns_provider(const sms::Number& before, const sms::Number& after);

/// Tells the provider first, then stores what it answered, with the replaced webhook for `--undo`
/// and an event in the log. Throws what the provider throws; nothing is stored then.
/// `provider` may be null when `concerns_provider` says no.
sms::Number apply_settings(store::Scope& scope,
                           providers::Provider* provider,
                           const Clock& clock,
                           const sms::Number& before,
                           const sms::Number& after);

} // namespace smsctl::updates
