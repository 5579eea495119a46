#pragma once

#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// Where a message stands in a listing, newest first.
struct MessagePlace {
    Instant created_at;
    std::int64_t row = 0;
};

/// Which messages a listing is about; what is not set does not matter.
struct MessageQuery {
    std::optional<sms::Direction> direction;
    std::optional<sms::Status> status;
    std::optional<bool> processed;
    std::string with;        ///< the other end's address
    std::string our_address; ///< our end's address
    std::int64_t conversation_row = 0;
    std::string tag;
    std::optional<Instant> since;       ///< created_at, inclusive
    std::optional<Instant> until;       ///< created_at, exclusive
    std::optional<MessagePlace> before; ///< only what comes behind it in the listing
    int limit = 0;                      ///< 0: all; newest first
};

/// A message of ours that the provider may have while we do not know under which id.
struct Unidentified {
    std::string from;
    std::string to;
    std::string messaging_service_id;
    std::string body;
    Instant created_at;
    bool is_settled = false; ///< its status is final: nobody looks for its id any more
};

/// The messages of a workspace. Status changes go through updates/ and delivery/ alone.
class Messages {
public:
    explicit Messages(Scope& scope) : m_scope(scope) {}

    /// Stores a new one with its media; fills in row. `id` and `seq` come from the caller.
    void insert(sms::Message& message);
    /// Writes every field that may change after insert (not media, addresses, key, created_at); an
    /// empty `from` is filled in once. Throws not_found (3) when the row is gone.
    void update(const sms::Message& message);
    /// Names the event that changed it last. For a message that is certainly there.
    void set_seq(std::int64_t row, std::int64_t seq);
    /// Puts the planned messages from one row to another in the air and counts an attempt of each;
    /// gives how many there were.
    int set_submitting(std::int64_t first_row, std::int64_t last_row, Instant now);
    /// Writes what the outcome of a submit decides, and nothing else, and reads what others may
    /// have marked meanwhile; false when the message is settled already.
    bool settle_submit(sms::Message& message);

    std::optional<sms::Message> by_row(std::int64_t row);
    std::optional<sms::Message> by_id(std::string_view id);
    std::optional<sms::Message> by_provider_id(std::string_view provider_id);
    /// 0 when no message has it.
    std::int64_t row_of_provider_id(std::string_view provider_id);
    std::optional<sms::Message> by_key(std::string_view key);
    /// An id, a provider id, or an unambiguous prefix of at least four characters of either.
    /// Throws not_found (3), or `usage.ambiguous` listing up to ten candidates.
    sms::Message resolve(std::string_view reference);

    /// In time that does not depend on how far back `before` is.
    std::vector<sms::Message> list(const MessageQuery& query);
    /// Hands out what `list` gives, read page by page, until `take` says false.
    void each(const MessageQuery& query, const std::function<bool(const sms::Message&)>& take);
    /// Wherever they stand and however many.
    std::int64_t count(const MessageQuery& query);
    /// Outbound messages with a provider id that are not final, created between `since` and
    /// `older_than`, oldest first.
    std::vector<sms::Message> open(Instant since, Instant older_than, int limit);
    /// In-doubt messages, oldest first.
    std::vector<sms::Message> in_doubt();
    void set_polled(std::int64_t row, Instant at);
    /// All that are in the air, in doubt, or taken in by the bulk API, and have no provider id.
    std::vector<Unidentified> unidentified();
    /// Those to `address` that the bulk API settled without telling their ids.
    std::vector<Unidentified> settled_without_id(std::string_view address);
    /// What the other end wrote in a conversation after `at`, as far as it may be one word.
    std::vector<std::string> short_texts_since(std::int64_t conversation_row, Instant at);
    /// When the oldest one was made that the provider will charge for and has not told what: not
    /// before `outbound_since` or `inbound_since`, which is not the earlier of the two.
    std::optional<Instant> oldest_unpriced(Instant outbound_since, Instant inbound_since);
    /// What was spent, or is estimated, since `since`: price where known, else segments times
    /// `segment_price_micros`.
    std::int64_t spent_micros(Instant since, std::int64_t segment_price_micros);
    void replace_media(std::int64_t row, const std::vector<sms::Media>& media);
    /// What became of the download of the medium at `position`, from 1.
    void set_media_file(std::int64_t row,
                        std::size_t position,
                        std::string_view path,
                        std::string_view problem);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
