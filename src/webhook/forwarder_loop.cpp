// One thread, many requests in flight. What is to be told is a row of the database that this
// process owns until the application has it; the queue here is only what of it is in hand.

#include "store/forwards.hpp"
#include "store/scope.hpp"
#include "store/workspaces.hpp"
#include "webhook/forwarder.hpp"

#include <algorithm>
#include <utility>

namespace smsctl::webhook {

namespace {

constexpr std::size_t most_in_flight = 64;
/// How often leases are renewed, and what others left behind is looked for.
constexpr Millis look_interval = std::chrono::seconds(30);
constexpr Millis pause_after_storage_error = std::chrono::seconds(1);

Millis until(std::chrono::steady_clock::time_point moment)
{
    return std::max(std::chrono::ceil<Millis>(moment - std::chrono::steady_clock::now()),
                    Millis::zero());
}

} // namespace

void Forwarder::run()
{
    while (true) {
        take_inbox();
        heed_stop();
        if (is_over())
            break;
        look();
        begin();
        m_held.give_up_overdue();
        for (http::Finished& finished : m_pool.wait(patience()))
            finish(finished.ticket, std::move(finished.result));
        record();
    }
    end();
}

bool Forwarder::is_over()
{
    const std::lock_guard lock(m_mutex);
    return m_closing && m_inbox.empty() && m_drained_at &&
           (m_pool.in_flight() == 0 || is_drained());
}

bool Forwarder::is_coming(std::int64_t event_seq)
{
    const std::lock_guard lock(m_mutex);
    return m_coming.contains(event_seq);
}

void Forwarder::has_come(std::int64_t event_seq)
{
    const auto coming = m_coming.find(event_seq);
    if (--coming->second == 0)
        m_coming.erase(coming);
}

void Forwarder::take_inbox()
{
    std::vector<ToForward> arrived;
    {
        const std::lock_guard lock(m_mutex);
        arrived.swap(m_inbox);
        for (const ToForward& item : arrived)
            has_come(item.entered.event_seq);
    }
    for (ToForward& item : arrived) {
        const std::int64_t event_seq = item.entered.event_seq;
        m_held.hold(event_seq, std::move(item.respond), std::move(item.otherwise));
        if (m_drained_at) {
            m_held.give_up(event_seq); // too late to begin
        } else if (m_in_hand.size() >= most_in_hand) {
            look_within(Millis::zero()); // the database has it
        } else {
            m_in_hand.emplace(event_seq, Item{std::move(item.workspace), std::move(item.entered)});
            m_ready.push_back(event_seq);
        }
    }
}

/// From now on only what is in flight is waited for.
void Forwarder::heed_stop()
{
    const auto is_closing = [this] {
        const std::lock_guard lock(m_mutex);
        return m_closing;
    };
    if (is_drained())
        m_held.give_up_unless([](std::int64_t) { return false; });
    if (m_drained_at || (!m_stop.stop_requested() && !is_closing()))
        return;
    m_drained_at = Monotonic::now() + m_options.drain;
    for (const std::int64_t event_seq : m_ready)
        m_in_hand.erase(event_seq);
    m_ready.clear();
    m_held.give_up_unless([this](std::int64_t seq) { return m_in_hand.contains(seq); });
}

std::vector<Workspace> Forwarder::workspaces()
{
    if (m_options.only_home)
        return {m_options.home};
    return store::Workspaces(m_database).list();
}

void Forwarder::look()
{
    const auto now = Monotonic::now();
    if (m_drained_at || now < m_next_look || !has_room())
        return;
    const bool hold = now >= m_next_hold;
    m_next_look = now + look_interval;
    try {
        for (const Workspace& workspace : workspaces())
            look_at(workspace, m_clock.now(), hold);
        if (hold)
            m_next_hold = now + look_interval;
    } catch (const std::exception& error) {
        report(error);
        look_within(pause_after_storage_error);
    }
}

void Forwarder::look_at(const Workspace& workspace, Instant now, bool hold)
{
    store::Scope scope = m_database.scope(workspace);
    store::Forwards forwards(scope);
    if (hold)
        forwards.hold(m_owner, m_options.url, now, now + lease_length);
    for (store::PendingForward& pending : forwards.due(m_owner, now, most_in_hand)) {
        if (m_in_hand.size() >= most_in_hand)
            return look_within(Millis::zero());
        const std::int64_t event_seq = pending.event_seq;
        if (m_in_hand.contains(event_seq) || is_coming(event_seq))
            continue;
        ForwardedRequest request = copy_of(pending);
        m_in_hand.emplace(event_seq,
                          Item{workspace,
                               {event_seq,
                                std::move(pending.event_id),
                                std::move(pending.forward),
                                std::move(request)}});
        m_ready.push_back(event_seq);
    }
    if (const auto next = forwards.next_due(m_owner, now))
        look_within(*next - now);
}

void Forwarder::begin()
{
    while (!m_ready.empty() && m_pool.in_flight() < most_in_flight) {
        const std::int64_t event_seq = m_ready.front();
        m_ready.pop_front();
        try {
            begin_attempt(m_in_hand.at(event_seq));
        } catch (const std::exception& error) {
            finish(event_seq, http::TransportError{http::Reached::no, error.what()});
        }
    }
}

void Forwarder::begin_attempt(const Item& item)
{
    const Entered& entered = item.entered;
    m_pool.start(entered.event_seq,
                 make_forward(entered.request,
                              entered.forward.url,
                              entered.event_id,
                              secret(item.workspace),
                              m_options.attempt_within));
}

void Forwarder::finish(std::int64_t event_seq, http::Result result)
{
    const Instant now = m_clock.now();
    sms::Forward& forward = m_in_hand.at(event_seq).entered.forward;
    const double random = std::uniform_real_distribution<double>(0, 1)(m_random);
    forward = after_attempt(std::move(forward), result, m_options.retry, now, random);
    if (forward.state == sms::ForwardState::done)
        m_held.answer(event_seq, passed_back(std::get<http::Response>(std::move(result))));
    else if (forward.state == sms::ForwardState::given_up || m_drained_at)
        m_held.give_up(event_seq);
    else
        m_held.give_up_unless_within(event_seq, *forward.next_try_at - now);
    m_unrecorded.push_back(event_seq);
}

/// Until it is recorded an attempt stays in hand, so that the database's older view of it begins no
/// other.
void Forwarder::record()
{
    if (m_unrecorded.empty() || Monotonic::now() < m_next_record)
        return;
    const Instant now = m_clock.now();
    try {
        store::Transaction transaction = m_database.begin();
        for (const std::int64_t event_seq : m_unrecorded) {
            const Item& item = m_in_hand.at(event_seq);
            const sms::Forward& forward = item.entered.forward;
            store::Scope scope = m_database.scope(item.workspace);
            store::Forwards(scope).record(
                event_seq, forward, forward.next_try_at.value_or(now) + lease_length);
        }
        transaction.commit();
    } catch (const std::exception& error) {
        report(error);
        m_next_record = Monotonic::now() + pause_after_storage_error;
        return;
    }
    for (const std::int64_t event_seq : std::exchange(m_unrecorded, {})) {
        Item item = std::move(m_in_hand.extract(event_seq).mapped());
        if (item.entered.forward.next_try_at)
            look_within(*item.entered.forward.next_try_at - now);
        if (m_on_attempt)
            m_on_attempt({std::move(item.workspace),
                          event_seq,
                          std::move(item.entered.event_id),
                          std::move(item.entered.request.method),
                          std::move(item.entered.forward)});
    }
}

/// How long the network may be waited for; for ever when nothing has a time of its own.
std::optional<Millis> Forwarder::patience() const
{
    std::optional<Millis> shortest = m_held.next();
    const auto at_most = [&shortest](Monotonic::time_point moment) {
        shortest = std::min(shortest.value_or(Millis::max()), until(moment));
    };
    if (!m_unrecorded.empty())
        at_most(m_next_record);
    if (!m_drained_at && has_room())
        at_most(m_next_look);
    if (m_drained_at && m_pool.in_flight() > 0 && !is_drained())
        at_most(*m_drained_at);
    return shortest;
}

void Forwarder::end()
{
    m_held.give_up_unless([](std::int64_t) { return false; });
    m_next_record = {};
    record();
    try {
        for (const Workspace& workspace : workspaces()) {
            store::Scope scope = m_database.scope(workspace);
            store::Forwards(scope).release(m_owner);
        }
    } catch (const std::exception& error) {
        report(error); // the next listener sees that we are gone
    }
}

void Forwarder::report(const std::exception& error) const
{
    if (m_on_problem)
        m_on_problem(error.what());
}

} // namespace smsctl::webhook
