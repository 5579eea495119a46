#include "sim/ledger.hpp"

#include "sms/segments.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smsctl::sim {

namespace {

// How long a status lasts at speed 1. From create to delivered: half a second.
constexpr Millis accepted_lasts{50};
constexpr Millis queued_lasts{100};
constexpr Millis sending_lasts{100};
constexpr Millis sent_lasts{300};

// Hundred-thousandths of a dollar, the precision of the wire.
constexpr int segment_price = 790;
constexpr int mms_price = 2000;

std::string price_of(const Message& message)
{
    const int amount = message.is_mms() ? mms_price : segment_price * message.segments;
    return fmt::format("-{}.{:05}", amount / 100'000, amount % 100'000);
}

/// "2603031015", the carrier's way to write when it was done.
std::string carrier_date(Instant instant)
{
    return fmt::format("{:%y%m%d%H%M}", fmt::gmtime(std::chrono::system_clock::to_time_t(instant)));
}

bool is_announced(const Message& message)
{
    if (message.status == "queued")
        return !message.service_sid.empty();
    return message.status != "sending" && message.status != "accepted";
}

} // namespace

int count_segments(const Message& message)
{
    return message.is_mms()
               ? 1
               : static_cast<int>(sms::count_segments(message.asked_body()).segments.size());
}

bool is_final(const Message& message)
{
    constexpr std::array<std::string_view, 6> words{
        "delivered", "undelivered", "failed", "canceled", "received", "read"};
    return std::find(words.begin(), words.end(), message.status) != words.end();
}

Ledger::Ledger(Account& account, Surroundings surroundings, double speed, std::uint64_t seed)
    : m_account(account), m_surroundings(std::move(surroundings)), m_speed(speed), m_outcomes(seed)
{
}

Message& Ledger::add(Message message)
{
    Message& stored = m_messages.emplace_back(std::move(message));
    m_by_sid.emplace(stored.sid, &stored);
    if (stored.direction != "inbound")
        stored.fate = m_outcomes.decide(
            stored.service_sid.empty() ? stored.from : stored.service_sid, stored.to);
    if (stored.status == "queued")
        enter_queue(stored);
    schedule_next(stored);
    return stored;
}

Message* Ledger::find(std::string_view sid)
{
    const auto found = m_by_sid.find(sid);
    return found == m_by_sid.end() || found->second->deleted ? nullptr : found->second;
}

std::vector<const Message*>
Ledger::newest_first(const std::function<bool(const Message&)>& is_wanted) const
{
    std::vector<const Message*> list;
    // NOLINTNEXTLINE(modernize-loop-convert): backwards, and C++20 views cost more to compile
    for (auto message = m_messages.rbegin(); message != m_messages.rend(); ++message)
        if (!message->deleted && is_wanted(*message))
            list.push_back(&*message);
    const auto when = [](const Message* message) {
        return message->sent_at.value_or(message->created_at);
    };
    std::stable_sort(list.begin(), list.end(), [&](const Message* left, const Message* right) {
        return when(left) > when(right);
    });
    return list;
}

void Ledger::cancel(Message& message)
{
    move_on(message, "canceled");
}

void Ledger::redact(Message& message)
{
    if (!message.asked_for)
        message.asked_for = message.body;
    message.body.clear();
    message.updated_at = m_surroundings.clock.now();
}

void Ledger::schedule(Message& message, std::string_view status, Instant due)
{
    m_steps.push({due, m_scheduled++, &message, status});
    ask_to_be_woken();
}

/// One timer for all messages, not one each.
void Ledger::ask_to_be_woken()
{
    if (m_steps.empty() || (m_wakes_at && *m_wakes_at <= m_steps.top().due))
        return;
    const Instant due = m_steps.top().due;
    m_wakes_at = due;
    m_surroundings.after(std::max(Millis(0), due - m_surroundings.clock.now()), [this, due] {
        if (m_wakes_at == due) // else another call took its place
            catch_up();
    });
}

void Ledger::catch_up()
{
    m_wakes_at = Instant::min(); // awake: no call is needed for what is scheduled meanwhile
    const Instant now = m_surroundings.clock.now();
    while (!m_steps.empty() && m_steps.top().due <= now) {
        const Step step = m_steps.top();
        m_steps.pop();
        const bool goes_on = !is_final(*step.message) || step.status == "read";
        if (!step.message->deleted && goes_on)
            move_on(*step.message, step.status);
    }
    m_wakes_at.reset();
    ask_to_be_woken();
}

Instant Ledger::in(Millis delay) const
{
    const double scaled = static_cast<double>(delay.count()) / m_speed;
    return m_surroundings.clock.now() + Millis(static_cast<Millis::rep>(scaled));
}

void Ledger::schedule_next(Message& message)
{
    const Fate& fate = message.fate;
    if (message.status == "scheduled" && message.send_at)
        schedule(message, "queued", *message.send_at); // an instant: no speed changes it
    else if (message.status == "accepted")
        schedule(message, "queued", in(accepted_lasts));
    else if (message.status == "queued" && message.leaves_at)
        schedule(message, "sending", std::max(in(queued_lasts), *message.leaves_at));
    else if (message.status == "queued")
        schedule(message, "failed", in(message.validity));
    else if (message.status == "sending" && fate.status == "failed")
        schedule(message, "failed", in(sending_lasts + fate.delay));
    else if (message.status == "sending")
        schedule(message, "sent", in(sending_lasts));
    else if (message.status == "sent" && fate.status != "sent")
        schedule(message,
                 fate.status == "read" ? "delivered" : fate.status,
                 in(sent_lasts + fate.delay));
    else if (message.status == "delivered" && fate.status == "read")
        schedule(message, "read", in(sent_lasts));
}

void Ledger::fail(Message& message, int code)
{
    message.status = "failed";
    message.error_code = code;
}

void Ledger::enter_queue(Message& message)
{
    const Instant now = m_surroundings.clock.now();
    const Policy& policy = m_account.policy();
    if (m_account.is_opted_out(message.from, message.to))
        fail(message, 21610);
    else if (m_account.queues().is_full(message.from, policy, now))
        fail(message, 30001);
    else
        message.leaves_at = m_account.queues().reserve(
            message.from, message.segments, policy, now, in(message.validity));
}

void Ledger::move_on(Message& message, std::string_view status)
{
    const Instant now = m_surroundings.clock.now();
    message.status = status;
    message.updated_at = now;
    if (status == "queued") {
        if (const PhoneNumber* sender =
                m_account.service_sender(message.service_sid, message.to, !message.media.empty());
            message.from.empty() && sender != nullptr) {
            message.from = sender->address;
            message.sender_was_chosen = true;
        }
        message.segments = count_segments(message);
        enter_queue(message);
    } else if (status == "sent") {
        message.sent_at = now;
        message.price = price_of(message);
    } else if (status == "failed" && !message.leaves_at) {
        message.error_code = 30036; // it has waited longer than it is valid
    } else if (status == "failed" || status == "undelivered") {
        message.error_code = message.fate.error_code;
    }
    announce(message);
    schedule_next(message);
    if (status == "delivered" && m_delivered)
        m_delivered(message);
}

void Ledger::announce(const Message& message)
{
    if (message.status_callback.empty() || !is_announced(message))
        return;
    http::Form form{{"SmsSid", message.sid},
                    {"SmsStatus", message.status},
                    {"MessageStatus", message.status},
                    {"To", message.to}};
    if (!message.service_sid.empty())
        form.emplace_back("MessagingServiceSid", message.service_sid);
    form.emplace_back("MessageSid", message.sid);
    form.emplace_back("AccountSid", m_account.sid());
    form.emplace_back("From", message.from);
    form.emplace_back("ApiVersion", "2010-04-01");
    if (message.error_code != 0)
        form.emplace_back("ErrorCode", fmt::to_string(message.error_code));
    if (message.status == "delivered" || message.status == "undelivered")
        form.emplace_back("RawDlrDoneDate", carrier_date(message.updated_at));
    m_surroundings.call({message.sid, message.status, message.status_callback, "POST", form});
}

} // namespace smsctl::sim
