#pragma once

#include "webhook/forwarder.hpp"
#include "webhook/listener.hpp"

#include <functional>
#include <mutex>
#include <variant>
#include <vector>

namespace smsctl {

/// Lets what comes while `listen` starts wait its turn: behind what came before, while that is
/// fetched. A webhook is handed on before the tries to forward it, always.
class ListenTurns {
public:
    using Item = std::variant<webhook::Received, webhook::ForwardAttempt>;
    using Hand = std::function<void(Item)>;

    /// Without `waits` everything is handed on at once.
    ListenTurns(Hand hand, bool waits) : m_hand(std::move(hand)), m_waits(waits) {}

    // For any thread.
    void add(Item item);
    /// Hands on what waits, and from now on what comes.
    void open();

private:
    void hand_on_all();

    Hand m_hand;
    std::mutex m_mutex;
    bool m_waits;                ///< guarded by `m_mutex`
    std::vector<Item> m_waiting; ///< guarded by `m_mutex`
};

} // namespace smsctl
