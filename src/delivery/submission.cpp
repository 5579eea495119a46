#include "delivery/submission.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace smsctl::delivery {

namespace {

/// So long an answer may wait for others to be recorded with.
constexpr Millis longest_gathering(10);

} // namespace

Submission::Submission(std::unique_ptr<providers::Submitter> submitter, int limit)
    : m_submitter(std::move(submitter)),
      m_limit(static_cast<std::size_t>(limit)),
      m_thread([this](const std::stop_token& ended) { work(ended); })
{
}

Submission::~Submission()
{
    withdraw();
    m_thread.request_stop();
    m_submitter->wake();
}

void Submission::hand_over(std::vector<Order> orders)
{
    {
        const std::lock_guard lock(m_mutex);
        std::move(orders.begin(), orders.end(), std::back_inserter(m_waiting));
    }
    m_submitter->wake();
}

void Submission::resume(int limit)
{
    {
        const std::lock_guard lock(m_mutex);
        const auto wanted = static_cast<std::size_t>(std::max(1, limit));
        if (!m_held && wanted == m_limit)
            return;
        m_limit = wanted;
        m_held = false;
    }
    m_submitter->wake();
}

std::vector<std::int64_t> Submission::withdraw()
{
    const std::lock_guard lock(m_mutex);
    std::vector<std::int64_t> tickets;
    for (const Order& order : m_waiting)
        tickets.push_back(order.ticket);
    m_waiting.clear();
    return tickets;
}

std::vector<providers::Submitted> Submission::answers(std::optional<Millis> longest,
                                                      const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    const auto answered = [this] { return !m_answers.empty(); };
    if (longest)
        m_answered.wait_for(lock, stop, *longest, answered);
    else
        m_answered.wait(lock, stop, answered);
    // What is recorded together shares a transaction. The network must not run dry meanwhile.
    const auto enough = [this] { return m_held || m_answers.size() >= m_waiting.size(); };
    if (!m_answers.empty())
        m_answered.wait_for(lock, stop, longest_gathering, enough);
    return std::exchange(m_answers, {});
}

std::vector<Submission::Order> Submission::next_orders()
{
    std::vector<Order> orders;
    std::size_t in_flight = m_submitter->in_flight();
    while (!m_held && !m_waiting.empty() && in_flight < m_limit) {
        orders.push_back(std::move(m_waiting.front()));
        m_waiting.pop_front();
        ++in_flight;
    }
    return orders;
}

void Submission::work(const std::stop_token& ended)
{
    while (true) {
        std::vector<Order> orders;
        {
            const std::lock_guard lock(m_mutex);
            orders = next_orders();
        }
        for (const Order& order : orders)
            m_submitter->start(order.ticket, order.message);
        if (ended.stop_requested() && m_submitter->in_flight() == 0)
            return;
        auto submitted = m_submitter->wait({});
        if (submitted.empty())
            continue;
        const bool hold = std::any_of(submitted.begin(), submitted.end(), [](const auto& one) {
            return std::holds_alternative<providers::NotSent>(one.outcome);
        });
        {
            const std::lock_guard lock(m_mutex);
            m_held = m_held || hold;
            std::move(submitted.begin(), submitted.end(), std::back_inserter(m_answers));
        }
        m_answered.notify_one();
    }
}

} // namespace smsctl::delivery
