#include "webhook/held_answers.hpp"

#include <algorithm>
#include <utility>

namespace smsctl::webhook {

void HeldAnswers::hold(std::int64_t event_seq,
                       http::Responder respond,
                       http::ServerResponse otherwise)
{
    if (m_held.size() >= m_most)
        give_up(m_held.begin()->first);
    m_held.insert_or_assign(
        event_seq, Held{std::move(respond), std::move(otherwise), Monotonic::now() + m_within});
}

void HeldAnswers::answer(std::int64_t event_seq, http::ServerResponse response)
{
    if (auto held = m_held.extract(event_seq))
        held.mapped().respond(std::move(response));
}

void HeldAnswers::give_up_unless_within(std::int64_t event_seq, Millis pause)
{
    const auto held = m_held.find(event_seq);
    if (held != m_held.end() && held->second.until <= Monotonic::now() + pause)
        give_up(event_seq);
}

void HeldAnswers::give_up(std::int64_t event_seq)
{
    if (auto held = m_held.extract(event_seq))
        held.mapped().respond(std::move(held.mapped().otherwise));
}

void HeldAnswers::give_up_unless(const std::function<bool(std::int64_t event_seq)>& keep)
{
    for (auto held = m_held.begin(); held != m_held.end();) {
        const std::int64_t event_seq = held->first;
        ++held;
        if (!keep(event_seq))
            give_up(event_seq);
    }
}

void HeldAnswers::give_up_overdue()
{
    while (!m_held.empty() && m_held.begin()->second.until <= Monotonic::now())
        give_up(m_held.begin()->first);
}

std::optional<Millis> HeldAnswers::next() const
{
    if (m_held.empty())
        return std::nullopt;
    const auto left = std::chrono::ceil<Millis>(m_held.begin()->second.until - Monotonic::now());
    return std::max(left, Millis::zero());
}

} // namespace smsctl::webhook
