#pragma once

#include "commands/session.hpp"
#include "output/field_match.hpp"
#include "output/printer.hpp"
#include "webhook/forwarder.hpp"
#include "webhook/listener.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace smsctl {

/// "inbound.sms", "status.delivered", "refused": what a webhook was, as `trigger` names it.
std::string webhook_type(const webhook::Received& received);
/// What is printed of it: its message when it brought one, else its event.
output::Record webhook_record(const webhook::Received& received);

/// What `listen` shows of what it does and counts of what it awaits. It prints from a thread of its
/// own, so that a slow reader delays no answer; what such a reader lets pile up beyond `most` is
/// left out, and said.
class ListenDisplay {
public:
    struct Settings {
        std::vector<std::string> matches; ///< conditions as typed
        int goal = 0;                     ///< events to wait for; 0: none
        std::size_t most = 10'000;        ///< what may wait to be printed
    };
    /// Requests a stop of `enough` once the awaited events are committed and forwarded, or printing
    /// failed.
    ListenDisplay(const Settings& settings, Session& session, std::stop_source enough);

    // For any thread.
    void see(webhook::Received received);
    void see(webhook::ForwardAttempt attempt);
    void warn(std::string text);

    /// Prints what waits, ends the output, and rethrows what went wrong. To be called once.
    void finish();
    /// After `finish`: what it means for who awaited something; throws the error that ends the
    /// command then.
    void conclude(Session& session) const;

private:
    using Item = std::variant<webhook::Received, webhook::ForwardAttempt, std::string>;

    void add(Item item);
    void run(const std::stop_token& stop);
    void show(const webhook::Received& received);
    void show(const webhook::ForwardAttempt& attempt);
    void show(const std::string& warning) { m_session.warn(warning); }
    void tell(const webhook::Received& received);
    void print(const webhook::Received& received);
    bool reached() const { return m_goal > 0 && m_counted >= m_goal; }
    void check_goal();

    // Of the display's thread until it has ended.
    Session& m_session;
    output::Printer m_printer;
    std::vector<output::FieldMatch> m_matches;
    int m_goal;
    int m_counted = 0;
    int m_given_up = 0;                  ///< of those counted
    std::set<std::int64_t> m_to_forward; ///< counted events whose forward is not settled
    bool m_tell = false;
    bool m_print = true;
    bool m_looks_on = true; ///< else nobody asks what was received
    std::stop_source m_enough;
    std::exception_ptr m_failure;

    std::size_t m_most;
    std::mutex m_mutex;
    std::condition_variable_any m_arrived;
    std::deque<Item> m_waiting;      ///< guarded by `m_mutex`
    std::size_t m_left_out = 0;      ///< guarded by `m_mutex`
    std::int64_t m_left_out_seq = 0; ///< of the first; guarded by `m_mutex`
    std::jthread m_thread;           ///< last: ends first
};

} // namespace smsctl
