#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "sms/message.hpp"
#include "store/removals.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace smsctl::updates {

/// Empties and deletes stored messages, here and, with a provider, there too.
///
/// Only what is final may go: what is still to be sent needs its text, what is in the air would
/// come back, and what is in doubt is settled by its text. What the provider is asked is committed
/// before it is asked; both requests may be repeated, so running the same again finishes what was
/// cut off.
class Removal {
public:
    /// `remote` null: only here.
    Removal(store::Scope& scope, const Clock& clock, providers::Provider* remote);

    /// Throws `blocked.*` (11), naming the first of `messages` that must not go and why, when they
    /// are to be deleted or emptied.
    void check(const std::vector<sms::Message>& messages, store::RemovalVerb verb) const;
    using Took = std::function<void(const sms::Message&)>;

    /// Deletes these, a few hundred at most, all or none; with a provider one after the other until
    /// `stop`, or until it refuses one, which is thrown once those before it are gone here as well.
    /// `took` is called with each that is gone. `why` stands in the event log.
    void remove(const std::vector<sms::Message>& messages,
                const std::string& why,
                const Took& took = {},
                const std::stop_token& stop = {});
    /// Empties one, here at once and then there; gives it as it is now.
    sms::Message redact(const sms::Message& message);

    /// What `remove_older` did.
    struct Result {
        std::int64_t removed = 0;
        bool was_stopped = false;
    };
    /// Deletes final messages created before `cutoff`, oldest first, a few hundred a transaction,
    /// until `stop`; a few with a provider. `took` as of `remove`; it may be empty.
    Result remove_older(Instant cutoff, const Took& took, const std::stop_token& stop);
    /// Takes what went out of the file as well, free pages and search index included. Once, at the
    /// end.
    void purge();

private:
    std::string problem(const sms::Message& message, store::RemovalVerb verb) const;
    void remove_there(const sms::Message& message);
    void remove_here(const std::vector<sms::Message>& messages,
                     const std::string& why,
                     const Took& took);
    std::int64_t log(const sms::Message* message, const std::string& what);

    store::Scope& m_scope;
    const Clock& m_clock;
    providers::Provider* m_remote;
    store::Removals m_removals;
    bool m_has_removed = false;
};

/// How long a workspace keeps messages; nothing where it keeps them for ever.
std::optional<Instant> retention_cutoff(const Workspace& workspace, Instant now);

} // namespace smsctl::updates
