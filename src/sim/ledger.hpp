#pragma once

#include "core/clock.hpp"
#include "http/form.hpp"
#include "sim/account.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace smsctl::sim {

struct MessageMedia {
    std::string sid;
    std::string url;
    std::string content_type;
};

/// A message as the simulated provider holds it; the words are the wire's.
struct Message {
    std::string sid;
    std::string direction; ///< "outbound-api" or "inbound"
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
    bool deleted = false;

    bool is_mms() const { return sid.starts_with("MM"); }
};

/// One webhook to call.
struct Webhook {
    std::string message_sid;
    std::string event; ///< "delivered", "inbound"
    std::string url;   ///< as the client gave it, fragment and all
    std::string method = "POST";
    http::Form form;
};

/// The simulator's surroundings; tests put their own in.
struct Surroundings {
    Clock& clock;
    std::function<void(Millis delay, std::function<void()> task)> after;
    std::function<void(Webhook)> call;
};

/// Every message, and what becomes of it: queued, sending, sent and its end, each after its delay.
/// One thread.
class Ledger {
public:
    Ledger(Account& account, Surroundings surroundings, double speed);

    /// Stores it and sets it going. The reference stays good.
    Message& add(Message message);
    /// Nothing for one that was deleted.
    Message* find(std::string_view sid);
    /// Newest first, by the instant it was sent, else made.
    std::vector<const Message*> newest_first() const;
    /// In the order they were made, deleted ones too.
    const std::deque<Message>& all() const { return m_messages; }
    void cancel(Message& message);

private:
    void schedule(const Message& message, std::string_view status, Millis delay);
    void move_on(Message& message, std::string_view status);
    void schedule_next(const Message& message);
    void announce(const Message& message);

    Account& m_account;
    Surroundings m_surroundings;
    double m_speed;
    std::deque<Message> m_messages;
    std::unordered_map<std::string_view, Message*> m_by_sid; ///< names live in the messages
};

/// Whether nothing more will happen to it but a redaction or a deletion.
bool is_final(const Message& message);

} // namespace smsctl::sim
