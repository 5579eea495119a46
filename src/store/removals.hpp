#pragma once

#include "store/messages.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// What the provider is asked to do with a message.
enum class RemovalVerb { redact, remove };
std::string_view word(RemovalVerb verb);

/// A message that the provider was, or is to be, asked to empty or delete.
struct Removal {
    std::int64_t message_row = 0;
    std::string message_id;
    RemovalVerb verb = RemovalVerb::redact;
    Instant asked_at;
};

/// What is left of a deleted message that had a key.
struct RemovedKey {
    std::string content_hash;
    Instant removed_at;
};

/// Emptying and deleting messages. Nothing here checks whether a message may go: updates/removal
/// does. All but the questions run inside the caller's transaction.
class Removals {
public:
    explicit Removals(Scope& scope) : m_scope(scope) {}

    /// Whether a webhook that brought or changed the message has still to reach the application.
    bool is_being_forwarded(std::int64_t message_row);
    /// Final messages created before `cutoff`, oldest first, behind `after`, at most `limit`; those
    /// on their way to an application are left out.
    std::vector<sms::Message> older(Instant cutoff, const MessagePlace& after, int limit);
    std::int64_t count_older(Instant cutoff);

    /// Deletes messages with all that is about them. Counters follow; what must outlive them stays:
    /// keys, provider ids, the sums of batches, opt-outs and the events that tell of these.
    void remove(const std::vector<std::int64_t>& message_rows, Instant now);
    /// Empties its text, its media and the requests its events came from.
    void redact(std::int64_t message_row, Instant now);
    /// Whether words left the search index since this was made, and its file is to be purged.
    bool has_forgotten() const { return m_has_forgotten; }

    /// Writes down what the provider is about to be asked.
    void begin(std::int64_t message_row, RemovalVerb verb, Instant now);
    void finish(std::int64_t message_row);
    /// What was begun and not finished, oldest first.
    std::vector<Removal> unfinished();

    std::optional<RemovedKey> by_key(std::string_view key);
    bool had_provider_id(std::string_view provider_id);

private:
    void keep_what_stays(Instant now);
    void take_from_conversations();

    Scope& m_scope;
    bool m_has_forgotten = false;
};

} // namespace smsctl::store
