#include "commands/listen_display.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace smsctl {

namespace {

const std::vector<output::Column> columns = {{"created_at", "RECEIVED"},
                                             {"from", "FROM"},
                                             {"to", "TO"},
                                             {"status", "STATUS"},
                                             {"body", "BODY"}};

std::string outcome(const sms::Forward& forward)
{
    return forward.http == 0 ? forward.error : fmt::to_string(forward.http);
}

/// What comes next for an application that failed.
std::string outlook(const sms::Forward& forward)
{
    if (forward.state == sms::ForwardState::given_up)
        return fmt::format("  (given up after {} tries)", forward.attempts);
    return forward.state == sms::ForwardState::waiting ? "  (comes again)" : "";
}

/// What went back with the status.
std::string answer_of(const webhook::Received& received)
{
    if (received.reply)
        return fmt::format(" \"{}\"", received.reply->body);
    const auto& reply = received.event.reply;
    return reply && !reply->withheld.empty() ? fmt::format(" no reply: {}", reply->withheld) : "";
}

} // namespace

std::string webhook_type(const webhook::Received& received)
{
    if (received.event.kind == sms::EventKind::refused)
        return "refused";
    if (received.message && received.message->direction == sms::Direction::inbound)
        return received.message->media.empty() ? "inbound.sms" : "inbound.mms";
    return "status." + received.event.status;
}

output::Record webhook_record(const webhook::Received& received)
{
    const bool is_text = received.event.kind == sms::EventKind::message && received.message;
    return is_text ? output::message_record(*received.message, received.workspace.name)
                   : output::event_record(received.event, received.workspace.name);
}

ListenDisplay::ListenDisplay(const Settings& settings, Session& session, std::stop_source enough)
    : m_session(session),
      m_printer(session.printer(output::Shape::stream, "message", columns)),
      m_goal(settings.goal),
      m_enough(std::move(enough)),
      m_most(settings.most)
{
    for (const std::string& match : settings.matches)
        m_matches.emplace_back(match, std::vector<std::string_view>{"message", "event"});
    const GlobalOptions& global = session.options();
    const bool chosen =
        global.format_chosen || global.fields.has_value() || !global.print_template.empty();
    m_tell = session.streams().err_is_terminal;
    // On a terminal the lines for people already show it all.
    m_print = (chosen || !m_tell || !session.streams().out_is_terminal) && !m_printer.is_muted();
    m_looks_on = m_tell || m_print || m_goal > 0;
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void ListenDisplay::see(webhook::Received received)
{
    if (m_looks_on)
        add(std::move(received));
}

void ListenDisplay::see(webhook::ForwardAttempt attempt)
{
    add(std::move(attempt));
}

void ListenDisplay::warn(std::string text)
{
    add(std::move(text));
}

void ListenDisplay::add(Item item)
{
    const std::lock_guard lock(m_mutex);
    const auto* received = std::get_if<webhook::Received>(&item);
    if (received != nullptr && m_waiting.size() >= m_most) {
        if (m_left_out++ == 0)
            m_left_out_seq = received->event.seq;
        return;
    }
    m_waiting.push_back(std::move(item));
    m_arrived.notify_one();
}

void ListenDisplay::run(const std::stop_token& stop)
{
    while (true) {
        std::deque<Item> items;
        {
            std::unique_lock lock(m_mutex);
            m_arrived.wait(lock, stop, [this] { return !m_waiting.empty(); });
            if (m_waiting.empty())
                return;
            items.swap(m_waiting);
        }
        for (const Item& item : items) {
            try {
                std::visit([this](const auto& one) { show(one); }, item);
            } catch (...) { // webhooks may still be in hand: give way, and fail once they are not
                if (!m_failure)
                    m_failure = std::current_exception();
                m_enough.request_stop();
            }
        }
    }
}

void ListenDisplay::show(const webhook::Received& received)
{
    tell(received);
    print(received);
}

/// In stripe's manner: what came, and what it was answered; an application's answer comes later.
void ListenDisplay::tell(const webhook::Received& received)
{
    if (!m_tell)
        return;
    const sms::Event& event = received.event;
    std::string line = fmt::format("--> {}", webhook_type(received));
    if (const auto& message = received.message) {
        line += fmt::format(" {} → {}", message->from, message->to);
        if (message->direction == sms::Direction::inbound)
            line += fmt::format(" \"{}\"", message->body);
    } else if (!event.provider_id.empty()) {
        line += " " + event.provider_id;
    }
    line += fmt::format(" [{}]", event.id);
    if (!event.reason.empty())
        line += fmt::format("  ({})", event.reason);
    m_session.note(line);
    if (!event.forward)
        m_session.note(
            fmt::format("<-- [{}]{} [{}]", received.http_status, answer_of(received), event.id));
}

void ListenDisplay::print(const webhook::Received& received)
{
    if (reached()) // came with or after the last one that was awaited
        return;
    const sms::EventKind kind = received.event.kind;
    const bool counts = kind == sms::EventKind::message || kind == sms::EventKind::status;
    // Who waits for events gets those alone, so that `$(smsctl listen --once …)` is one record.
    if (m_goal > 0 && !counts)
        return;
    const output::Record record = webhook_record(received);
    const bool fits = std::all_of(
        m_matches.begin(), m_matches.end(), [&](const auto& match) { return match.holds(record); });
    if (!fits)
        return;
    if (m_print)
        m_printer.print(record);
    if (!counts)
        return;
    ++m_counted;
    if (m_goal > 0 && received.event.forward)
        m_to_forward.insert(received.event.seq);
    check_goal();
}

void ListenDisplay::show(const webhook::ForwardAttempt& attempt)
{
    const sms::Forward& forward = attempt.forward;
    const bool is_given_up = forward.state == sms::ForwardState::given_up;
    if (m_tell)
        m_session.note(fmt::format("<-- [{}] {} {} [{}]{}",
                                   outcome(forward),
                                   attempt.method,
                                   forward.url,
                                   attempt.event_id,
                                   outlook(forward)));
    else if (is_given_up)
        m_session.warn(fmt::format("smsctl: {} did not reach {}, given up after {} tries: {}",
                                   attempt.event_id,
                                   forward.url,
                                   forward.attempts,
                                   forward.error));
    if (forward.state != sms::ForwardState::waiting && m_to_forward.erase(attempt.event_seq) > 0) {
        m_given_up += is_given_up ? 1 : 0;
        check_goal();
    }
}

void ListenDisplay::check_goal()
{
    if (reached() && m_to_forward.empty())
        m_enough.request_stop();
}

void ListenDisplay::finish()
{
    m_thread.request_stop();
    m_thread.join();
    if (m_left_out > 0)
        m_session.warn(fmt::format("smsctl: {} records were left out, since nobody read them in "
                                   "time; smsctl tail --kind all --after {} shows them",
                                   m_left_out,
                                   m_left_out_seq - 1));
    if (m_failure)
        std::rethrow_exception(m_failure);
    m_printer.finish();
}

void ListenDisplay::conclude(Session& session) const
{
    if (reached() && m_to_forward.empty()) {
        if (m_given_up == 0)
            return;
        throw Error(m_given_up == m_counted ? Exit::unavailable : Exit::partial,
                    "forward.given_up",
                    fmt::format("{} of {} awaited events did not reach the application",
                                m_given_up,
                                m_counted),
                    "smsctl message show evt_… says why; smsctl trigger evt_… delivers it again");
    }
    if (m_goal > 0)
        throw Error(Exit::pending,
                    session.timed_out() ? "pending.timeout" : "pending.awaited",
                    reached() ? fmt::format("{} of {} awaited events are not forwarded yet",
                                            m_to_forward.size(),
                                            m_counted)
                              : fmt::format("{} of {} awaited events came", m_counted, m_goal));
    if (session.timed_out())
        session.throw_if_stopped({});
}

} // namespace smsctl
