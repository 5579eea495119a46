#pragma once

#include "commands/session.hpp"
#include "http/form.hpp"
#include "webhook/trigger.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smsctl {

/// What was typed after `trigger`.
struct TriggerOptions {
    std::string what; ///< a type, an event's id, a file or "-"
    std::optional<std::string> url;
    std::vector<std::string> changes;
    std::string provider;
    std::string via;
    std::optional<int> count;
    std::optional<Millis> interval;
    bool shuffle = false;
    bool duplicate = false;
    bool is_unsigned = false;
    bool bad_signature = false;
    bool stale = false;
    std::string expect;
    bool curl = false;
    bool list = false;
};

/// What `--set` says: the provider's field names and their values. Throws `usage.value`.
http::Form changes_of(const TriggerOptions& options);

/// The webhooks to deliver, in their order: what was asked for `--count` times, each twice with
/// `--duplicate`, in any order with `--shuffle`. What makes no sense is refused before the database
/// is opened.
std::vector<webhook::Webhook> plan_webhooks(const TriggerOptions& options, Session& session);

/// "flow.reordered", an event's id or a file: what several webhooks, or a stored one, come from;
/// empty for one type.
std::string origin_of(const TriggerOptions& options);

} // namespace smsctl
