#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::sms {

/// What an entry of the event log says happened.
enum class EventKind {
    message,   ///< a message was stored: planned or received
    status,    ///< a message moved on to another status
    unchanged, ///< a callback, poll or submit that changed nothing: late, repeated or unknown
    refused,   ///< a webhook that was not applied: bad signature, unknown number, unreadable
    change,    ///< something else of a message or number was changed: marked, price filled in,
               ///< webhook set
    opt_out,   ///< somebody must not be texted any more, or may be again
    batch,     ///< a list was planned, resumed or canceled
    call,      ///< a call was stored, or moved on to another status
};
std::string_view word(EventKind kind);
std::optional<EventKind> parse_event_kind(std::string_view word);

/// Who brought the news.
enum class EventSource { command, submit, callback, poll };
std::string_view word(EventSource source);
std::optional<EventSource> parse_event_source(std::string_view word);

/// How far a webhook has come on its way to the user's application.
enum class ForwardState {
    waiting,  ///< for its next try
    done,     ///< the application answered 2xx
    given_up, ///< every try failed
};
std::string_view word(ForwardState state);
std::optional<ForwardState> parse_forward_state(std::string_view word);

/// A webhook that the user's application must be told of.
struct Forward {
    std::string url;
    ForwardState state = ForwardState::waiting;
    int attempts = 0;
    int http = 0;                            ///< status of the last answer; 0: none came
    std::string error;                       ///< why the last attempt failed, one clause
    std::optional<Instant> next_try_at = {}; ///< nothing: it is settled
    std::optional<Instant> settled_at = {};
};

/// What an automatic reply made of a text.
struct Reply {
    std::string message_id; ///< "msg_…" of the reply; empty: it was withheld
    std::string rule;       ///< "rpl_…"; empty: the listener's own text
    std::string withheld;   ///< why, one clause
};

/// One entry of the log: every submit, callback and poll as it came, in one order.
struct Event {
    std::int64_t seq = 0; ///< increasing over the whole database
    std::string id;       ///< "evt_…"
    EventKind kind = EventKind::message;
    EventSource source = EventSource::command;
    std::int64_t message_row = 0; ///< 0: about no stored message
    std::string message_id;       ///< "msg_…", filled in when read
    std::int64_t call_row = 0;    ///< of a `call` event, filled in when read; 0: of no stored call
    std::string call_id;          ///< "call_…", filled in when read
    std::string provider_id;      ///< the provider's name for the message or call, if any
    std::string status;           ///< the status word as it came; empty for none
    std::string error_code;
    std::string reason;  ///< why it was refused or changed nothing, one clause
    std::string payload; ///< the request or answer it came from, as UTF-8 text; may be empty
    /// The rest of a webhook's request, as `webhook::encode` writes it. Written with the event and
    /// read by `EventLog::request_of` alone: nobody else wants it, and lists are long.
    std::string request;
    Instant created_at;
    std::optional<Forward> forward;  ///< nothing where no application is told
    std::optional<Reply> reply = {}; ///< nothing where no rule answers
};

} // namespace smsctl::sms
