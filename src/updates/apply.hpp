#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "sms/event.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::updates {

/// What became of a piece of news.
struct Applied {
    /// The event that was logged; its kind says whether anything changed.
    sms::Event event;
    /// The message it is about, as it is now; nothing when no such message is stored.
    std::optional<sms::Message> message;
    /// It is about a message that was removed here, and is nobody's news.
    bool was_removed = false;
};

/// The event with which a submit's outcome is logged, all but status and time. The first event of a
/// message of a batch is what tells of the message at all.
sms::Event submit_event(const sms::Message& message);

/// Puts `message` at a stage that it is known to have reached, with the times that go with it.
void reach(sms::Message& message, sms::Status status, Instant now);

/// Enters what a callback, a poll or a submit says. Each call writes message, conversation,
/// contact, opt-out and event together, inside the caller's transaction; a repeat changes nothing
/// and is logged as `unchanged`. The one way news reaches the database, whoever brought it.
class Updates {
public:
    /// `request`: of the webhook that all news comes from, kept with its event; empty for none.
    Updates(store::Scope& scope, const Clock& clock, std::string request = {});

    /// A text that reached us: contact and conversation are made when new, the unread count rises,
    /// STOP and START change opt-outs. `payload` is kept as it came. One that was removed is not
    /// stored again.
    Applied apply(const providers::InboundMessage& inbound,
                  sms::EventSource source,
                  std::string_view payload,
                  std::optional<Instant> received_at = {});

    /// News about a message of ours. For one that is not stored yet the event is kept and applied
    /// by `adopt_orphans` once it is.
    Applied
    apply(const providers::StatusReport& report, sms::EventSource source, std::string_view payload);

    /// What a poll or a submit's answer shows, field by field: status, segments, price, times.
    Applied apply(const providers::RemoteMessage& remote, sms::EventSource source);

    /// What a list or a lookup shows of a message that is stored, where it says anything new: a
    /// status it moves on to, a price, segments, an error code. Nothing is logged when it does not.
    std::optional<Applied> refresh(const providers::RemoteMessage& remote);

    /// A message to or from us that a list shows and that is not stored: it enters its conversation
    /// as if the webhook had come, or, outbound, as one that somebody else made.
    Applied enter(const providers::RemoteMessage& remote, std::vector<sms::Media> media);

    /// The answer to the create of `message`, which is in the air: it gets the provider's id and
    /// stage, and what callbacks said that were faster than the answer. `message` is kept true.
    void accept(sms::Message& message, const providers::RemoteMessage& remote);

    /// Logs a webhook that was not applied.
    sms::Event
    refuse(std::string_view provider_id, std::string_view reason, std::string_view payload);

    /// Applies callbacks that came before `message` had its provider id.
    void adopt_orphans(sms::Message& message);

    /// Moves `message` to `status` if `sms::advance` allows, writes it and logs `event`; the
    /// event's kind becomes `status` or `unchanged`. `message` is kept true.
    void move(sms::Message& message, sms::Status status, sms::Event& event);

private:
    sms::Event event_about(const providers::StatusReport& report,
                           sms::EventSource source,
                           std::string_view payload) const;
    void apply_to(sms::Message& message, const providers::StatusReport& report, sms::Event& event);
    /// Whether the message that is not stored was removed; `event` then says so, without its text.
    bool log_if_removed(sms::Event& event);
    /// Stores a message that the provider has, in the conversation of its two ends, with `event`.
    void store_new(sms::Message& message, std::string_view their_name, sms::Event& event);
    /// `event` is the text's own. `wrote_at`: when it was written, of one that comes late; what was
    /// decided since then holds.
    void take_opt_out(const providers::InboundMessage& inbound,
                      const sms::Event& event,
                      std::int64_t conversation_row,
                      std::optional<Instant> wrote_at);

    store::Scope& m_scope;
    const Clock& m_clock;
    std::string m_request;
};

} // namespace smsctl::updates
