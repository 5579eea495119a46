#include "commands/listen_turns.hpp"

#include <cstddef>
#include <utility>

namespace smsctl {

namespace {

/// Beyond so many they do not wait any longer.
constexpr std::size_t most = 10'000;

} // namespace

void ListenTurns::add(Item item)
{
    const std::lock_guard lock(m_mutex);
    if (!m_waits)
        return m_hand(std::move(item));
    m_waiting.push_back(std::move(item));
    if (m_waiting.size() >= most)
        hand_on_all();
}

void ListenTurns::open()
{
    const std::lock_guard lock(m_mutex);
    hand_on_all();
}

void ListenTurns::hand_on_all()
{
    m_waits = false;
    for (Item& item : std::exchange(m_waiting, {}))
        m_hand(std::move(item));
}

} // namespace smsctl
