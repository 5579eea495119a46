#include "reconcile/asker.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace smsctl::reconcile {

namespace {

using namespace std::chrono_literals;

constexpr int most_tries = 4;
constexpr int most_tries_when_too_fast = 8;
constexpr Millis first_jitter = 500ms;
constexpr Millis longest_jitter = 30s;
/// Beyond this a run had better give up and say how long to wait.
constexpr Millis longest_obeyed = 5min;
/// A run that ends must not wait for its thread to wake.
constexpr Millis longest_nap = 100ms;
/// How long answers are waited for that are on their way when the signal comes.
constexpr Millis patience_at_the_end = 2s;

providers::RateLimiter begin(const Clock& clock, const Limits& limits)
{
    providers::RateLimiter rate(clock, limits.rate);
    if (limits.has_asked)
        rate.wait_for("", 1);
    return rate;
}

} // namespace

Asker::Asker(std::unique_ptr<providers::Reader> reader,
             LookUp look_up,
             Clock& clock,
             const Limits& limits,
             std::stop_token stop)
    : m_clock(clock),
      m_limits(limits),
      m_stop(std::move(stop)),
      m_reader(std::move(reader)),
      m_look_up(std::move(look_up)),
      m_rate(begin(clock, limits)),
      m_random(std::random_device()()),
      m_at_once(std::max<std::size_t>(1, limits.at_once)),
      m_hold_until(clock.now()),
      m_thread([this](const std::stop_token& ended) { work(ended); })
{
}

Asker::~Asker()
{
    m_thread.request_stop();
    m_changed.notify_all();
    m_reader->wake();
}

void Asker::ask(providers::MessageRead read, OnAnswer on_answer)
{
    {
        const std::lock_guard lock(m_mutex);
        m_handlers.emplace(++m_last_ticket, std::move(on_answer));
        m_waiting.push_back({m_last_ticket, std::move(read)});
    }
    m_changed.notify_all();
    m_reader->wake();
}

void Asker::run()
{
    while (auto answer = next_answer()) {
        const auto handler = m_handlers.extract(answer->first);
        handler.mapped()(std::move(answer->second));
    }
}

int Asker::requests() const
{
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

bool Asker::stopped() const
{
    const std::lock_guard lock(m_mutex);
    return m_stopped;
}

std::optional<Asker::Answered> Asker::next_answer()
{
    std::unique_lock lock(m_mutex);
    const auto is_settled = [this] {
        return !m_answers.empty() || (m_waiting.empty() && m_under_way.empty());
    };
    m_changed.wait(lock, m_stop, is_settled);
    if (m_answers.empty() && m_stop.stop_requested())
        m_changed.wait_for(lock, patience_at_the_end, [this] {
            return !m_answers.empty() || m_under_way.empty();
        });
    if (m_answers.empty()) {
        m_stopped = m_stopped || !m_waiting.empty() || !m_under_way.empty();
        return std::nullopt;
    }
    Answered answer = std::move(m_answers.front());
    m_answers.pop_front();
    return answer;
}

bool Asker::is_over() const
{
    return m_stop.stop_requested() ||
           (m_limits.max_requests > 0 && m_requests >= m_limits.max_requests);
}

std::vector<Asker::Order> Asker::next_orders(std::optional<Millis>& pause)
{
    std::vector<Order> orders;
    if (is_over() && !m_waiting.empty()) {
        m_stopped = true;
        m_waiting.clear();
        m_changed.notify_all();
    }
    while (!m_waiting.empty() && m_under_way.size() < m_at_once && !is_over()) {
        const Millis held = std::max(m_hold_until - m_clock.now(), m_rate.until_free(""));
        if (held > Millis::zero()) {
            pause = held;
            break;
        }
        m_rate.wait_for("", 1);
        Order order = std::move(m_waiting.front());
        m_waiting.pop_front();
        ++order.tries;
        ++m_requests;
        m_under_way.insert_or_assign(order.ticket, order);
        orders.push_back(std::move(order));
    }
    return orders;
}

void Asker::work(const std::stop_token& ended)
{
    while (!ended.stop_requested()) {
        std::optional<Millis> pause;
        std::vector<Order> orders;
        {
            std::unique_lock lock(m_mutex);
            orders = next_orders(pause);
            if (orders.empty() && m_under_way.empty() && !pause) {
                m_changed.wait(lock, ended, [this] { return !m_waiting.empty(); });
                continue;
            }
        }
        for (const Order& order : orders)
            m_reader->start(order.ticket, order.read);
        if (m_reader->in_flight() == 0) {
            m_clock.wait(std::min(pause.value_or(Millis::zero()), longest_nap), m_stop);
            continue;
        }
        for (providers::ReadAnswer& answer : m_reader->wait(pause))
            take(std::move(answer));
    }
}

void Asker::take(providers::ReadAnswer answer)
{
    std::vector<sms::Message> known = m_look_up(answer.outcome);
    const std::lock_guard lock(m_mutex);
    Order order = std::move(m_under_way.extract(answer.ticket).mapped());
    if (const auto* not_now = std::get_if<providers::NotNow>(&answer.outcome)) {
        if (try_again(order, *not_now)) {
            m_waiting.push_front(std::move(order));
            return;
        }
        answer.outcome = Error(not_now->error);
    } else if (++m_calm >= m_at_once && m_at_once < m_limits.at_once) {
        ++m_at_once;
        m_calm = 0;
    }
    m_answers.push_back({answer.ticket, {std::move(answer.outcome), std::move(known)}});
    m_changed.notify_all();
}

bool Asker::try_again(Order& order, const providers::NotNow& reason)
{
    if (reason.too_fast) {
        m_at_once = std::max<std::size_t>(1, m_at_once / 2);
        m_calm = 0;
    }
    const int most = reason.too_fast ? most_tries_when_too_fast : most_tries;
    const Millis ceiling =
        std::min(longest_jitter, first_jitter * (1 << std::min(order.tries - 1, 6)));
    std::uniform_int_distribution<Millis::rep> jitter(0, ceiling.count());
    const Millis wait = reason.retry_after.value_or(Millis(jitter(m_random)));
    if (order.tries >= most || wait > longest_obeyed)
        return false;
    m_hold_until = std::max(m_hold_until, m_clock.now() + wait);
    return true;
}

} // namespace smsctl::reconcile
