#pragma once

#include "core/clock.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// What decides whether the provider is to be asked about a message of ours.
struct PollCandidate {
    std::int64_t row = 0;
    bool is_open = false;     ///< its status is not final
    bool is_in_doubt = false; ///< and has no provider id
    Instant status_at;
    Instant sent_at;      ///< our best guess: when it was sent, else when its status changed
    bool is_sent = false; ///< `sent_at` is what somebody said
    Instant waits_until;  ///< the later of `status_at` and the time it was scheduled for
    std::optional<Instant> polled_at;
};

struct PollQuery {
    Instant since{Millis::min()};  ///< created_at, inclusive
    Instant before{Millis::max()}; ///< created_at, exclusive
    std::int64_t batch_row = 0;    ///< 0: of any batch or none
};

/// The messages of a workspace as a poll needs them: many at once, and without their texts.
class Polls {
public:
    explicit Polls(Scope& scope) : m_scope(scope) {}

    using Visit = std::function<void(const PollCandidate&)>;
    /// Those that are not final and have left or may have left, in no order.
    void each_open(const PollQuery& query, const Visit& visit);
    /// And those that were charged for and have no price: in one pass over all there are.
    void each_open_or_unpriced(const PollQuery& query, const Visit& visit);
    /// One of ours that left or may have left, whatever its status.
    std::optional<PollCandidate> find(std::int64_t row);

    /// Of the messages with these ids those that are stored, in no order: row, direction,
    /// sender, segments, status, failure, provider id, price and times; the rest is left empty.
    std::vector<sms::Message> with_provider_ids(const std::vector<std::string_view>& ids);
    /// Writes of such a message what a poll may have changed, and that it was asked about; false
    /// where something else changed it since it was read, when its seq was `known_seq`.
    bool update(const sms::Message& message, std::int64_t known_seq, Instant polled_at);
    /// The messages in these rows were asked about.
    void set_polled(const std::vector<std::int64_t>& rows, Instant at);
    /// "" where the message has none.
    std::string provider_id(std::int64_t row);

    /// Messages of both directions created from `from` to `to`, both inclusive.
    std::size_t count(Instant from, Instant to);
    /// Those with a provider id, not final, that waited since before `waiting_since` and were asked
    /// about `polled_since` or later.
    std::vector<std::int64_t> given_up(Instant waiting_since, Instant polled_since);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
