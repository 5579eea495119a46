#pragma once

#include "core/clock.hpp"
#include "http/form.hpp"
#include "sim/account.hpp"
#include "sim/outcome.hpp"
#include "sim/outcome_rules.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace smsctl::sim {

struct MessageMedia {
    std::string sid;
    std::string url;
    std::string content_type;
    bool deleted = false;
};

/// A message as the simulated provider holds it; the words are the wire's.
struct Message {
    std::string sid;
    std::string direction; ///< "outbound-api", "outbound-reply" or "inbound"
    std::string status;
    std::string to;
    std::string from; ///< empty: not chosen yet
    std::string body;
    std::string service_sid;
    std::vector<MessageMedia> media;
    int segments = 0;
    std::string price; ///< "-0.00790"; empty until charged
    int error_code = 0;
    std::string status_callback;
    std::optional<Instant> send_at;
    Instant created_at;
    Instant updated_at;
    std::optional<Instant> sent_at;
    std::optional<Instant> leaves_at;      ///< when its sender lets it go
    std::chrono::seconds validity{36'000}; ///< how long it may wait for its sender
    Fate fate;
    std::string feedback; ///< "confirmed", "unconfirmed"; empty: none was given
    bool deleted = false;
    bool sender_was_chosen = false;       ///< by the Messaging Service, not in the request
    std::optional<std::string> asked_for; ///< the body before it was redacted

    bool is_mms() const { return sid.starts_with("MM"); }
    const std::string& asked_body() const { return asked_for ? *asked_for : body; }
};

/// What the application behind a webhook answered.
struct WebhookAnswer {
    int status = 0;      ///< 0: no answer came
    bool reached = true; ///< false: the connection could not be made
    std::string content_type;
    std::string body;
    std::string url;     ///< that answered, after redirects
    std::string problem; ///< why no answer came
};

/// One webhook to call.
struct Webhook {
    std::string message_sid;
    std::string event; ///< "delivered", "inbound"
    std::string url;   ///< as the client gave it, fragment and all
    std::string method = "POST";
    http::Form form;
    /// Told what came of it, if it is set; on the simulator's thread.
    std::function<void(const WebhookAnswer&)> answered = {};
};

/// The simulator's surroundings; tests put their own in.
struct Surroundings {
    Clock& clock;
    std::function<void(Millis delay, std::function<void()> task)> after;
    std::function<void(Webhook)> call;
    std::string base = {}; ///< "http://127.0.0.1:41234", where the simulator itself is found
};

/// Every message, and what becomes of it: queued, sending, sent and its end, each after its delay.
/// One thread.
class Ledger {
public:
    Ledger(Account& account, Surroundings surroundings, double speed, std::uint64_t seed = 0);

    /// Stores it and sets it going. The reference stays good.
    Message& add(Message message);
    /// Nothing for one that was deleted.
    Message* find(std::string_view sid);
    /// The wanted ones, newest first, by the instant each was sent, else made.
    std::vector<const Message*>
    newest_first(const std::function<bool(const Message&)>& is_wanted) const;
    /// In the order they were made, deleted ones too.
    const std::deque<Message>& all() const { return m_messages; }
    void cancel(Message& message);
    void redact(Message& message);
    /// What becomes of the messages that are added from now on.
    OutcomeRules& outcomes() { return m_outcomes; }
    const OutcomeRules& outcomes() const { return m_outcomes; }
    /// Tells of each message that is delivered.
    void when_delivered(std::function<void(const Message&)> tell) { m_delivered = std::move(tell); }
    double speed() const { return m_speed; }
    /// Does what is due by the clock: called when its time comes, or after the clock was moved.
    void catch_up();

private:
    /// A change of status that waits for its time. A message has one at most.
    struct Step {
        bool operator>(const Step& other) const
        {
            return due != other.due ? due > other.due : order > other.order;
        }

        Instant due;
        std::uint64_t order; ///< among those due at the same time
        Message* message;
        std::string_view status;
    };

    void schedule(Message& message, std::string_view status, Instant due);
    void ask_to_be_woken();
    void move_on(Message& message, std::string_view status);
    void schedule_next(Message& message);
    void announce(const Message& message);
    /// A message has its sender now and goes into that sender's queue, or fails.
    void enter_queue(Message& message);
    void fail(Message& message, int code);
    /// So much later, at this speed.
    Instant in(Millis delay) const;

    Account& m_account;
    Surroundings m_surroundings;
    double m_speed;
    OutcomeRules m_outcomes;
    std::function<void(const Message&)> m_delivered;
    std::deque<Message> m_messages;
    std::unordered_map<std::string_view, Message*> m_by_sid; ///< names live in the messages
    std::priority_queue<Step, std::vector<Step>, std::greater<>> m_steps; ///< the next one on top
    std::uint64_t m_scheduled = 0;
    std::optional<Instant> m_wakes_at; ///< when `catch_up` will be called, if it will
};

/// What it is billed as.
int count_segments(const Message& message);
/// Whether nothing more will happen to it but a redaction or a deletion.
bool is_final(const Message& message);

} // namespace smsctl::sim
