#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "store/scope.hpp"
#include "updates/apply.hpp"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace smsctl::reconcile {

struct Summary;

struct Options {
    std::vector<std::int64_t> message_rows; ///< only these; empty: everything that is due
    std::int64_t batch_row = 0;             ///< only this batch's; 0: any
    /// How far back inbound messages are looked for, until a cursor says where to go on.
    Millis since = std::chrono::hours(72);
    /// Only messages of ours that were made since so long ago; nothing: all.
    std::optional<Millis> made_since = {};
    /// Ask about all that are at least so old, whether they are due for a check or not.
    std::optional<Millis> older_than = {};
    int max_requests = 0;            ///< 0: no limit
    std::optional<double> rate = {}; ///< requests a second
    bool statuses = true;            ///< ask about messages that are not final, or have no price
    bool settle = true;              ///< look for what is in doubt
    bool inbound = true;             ///< fetch missed inbound messages
    /// Look for inbound messages in all of `since`, not only after where the last run left off.
    bool from_the_start = false;
    bool dry_run = false; ///< ask the provider, change nothing
    /// Whether `on_change` wants the message with its texts; without, only what a poll can change.
    bool whole_messages = true;
    /// Done under the lease before anything else is asked; counts itself into the summary, with at
    /// most so many requests.
    std::function<void(Summary&, int most)> first;
    /// Gives what is kept with a missed inbound message's event as its webhook; none: nothing.
    std::function<std::string(const providers::InboundMessage&)> request_of;
    /// Called in the transaction that enters a missed inbound message.
    std::function<void(updates::Applied&, const providers::InboundMessage&)> on_entered;
};

/// How the statuses were asked for.
enum class Way { none, pages, lookups };
/// "list", "lookup", "" for none.
std::string_view word(Way way);

struct Summary {
    Way way = Way::none;
    int requests = 0;
    int pages = 0;      ///< of those, list pages
    int lookups = 0;    ///< of those, single messages
    int checked = 0;    ///< messages that were asked about
    int changed = 0;    ///< that moved on
    int inbound = 0;    ///< inbound messages that had been missed
    int settled = 0;    ///< sends that were in doubt and are not any more
    int in_doubt = 0;   ///< sends nobody can tell the fate of yet
    int still_open = 0; ///< that left and are not final, asked about or not
    int became_failures = 0;
    bool stopped_early = false; ///< by --max-requests or a signal
    bool locked = false;        ///< another run holds the lease; nothing was done
};

/// Polls for what callbacks did not bring. Messages that are due for a check are asked about by
/// list pages or one by one, whichever takes fewer requests; sends in doubt are looked for; inbound
/// messages a dead listener missed come in by the very door that callbacks use. One run a workspace
/// at a time, by a lease. A page is entered whole or not at all, and what one run leaves undone the
/// next one does; no transaction is open while the provider is asked.
class Reconciler {
public:
    using OnChange = std::function<void(const updates::Applied&)>;

    Reconciler(store::Scope& scope, providers::Provider& provider, Clock& clock);

    /// `on_change` is called after the commit, for each message that moved on, got a price, or had
    /// been missed. Throws what the provider's reads throw; what was applied before stays.
    Summary run(const Options& options, const OnChange& on_change, const std::stop_token& stop);

private:
    store::Scope& m_scope;
    providers::Provider& m_provider;
    Clock& m_clock;
};

} // namespace smsctl::reconcile
