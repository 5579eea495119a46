#pragma once

#include "http/form.hpp"
#include "sim/aim.hpp"
#include "sim/inbound.hpp"
#include "sim/ledger.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace smsctl::sim {

struct ReplyField {
    std::string_view name;
    std::string_view meaning; ///< for help
};
/// The fields of POST /sim/replies.
std::span<const ReplyField> reply_fields();

/// Recipients who answer what they get. One thread.
class Replies {
public:
    struct Rule {
        Aim aim;
        std::string body;
        Millis delay{0};
    };
    using After = std::function<void(Millis delay, std::function<void()> task)>;

    Replies(Inbound& inbound, After after, double speed, std::uint64_t seed)
        : m_inbound(inbound), m_after(std::move(after)), m_speed(speed), m_seed(seed)
    {
    }

    /// The rule that the form says, or why it makes no sense.
    static std::variant<Rule, std::string> read(const http::Form& form);
    /// Adds it; body=none without anything else forgets all. Returns why it makes no sense.
    std::string add(const http::Form& form);
    /// A message was delivered: its recipient may answer. What answers a reply gets no answer.
    void delivered(const Message& message);
    const std::deque<Rule>& rules() const { return m_rules; }

private:
    Inbound& m_inbound;
    After m_after;
    double m_speed;
    std::uint64_t m_seed;
    std::uint64_t m_added = 0;
    std::deque<Rule> m_rules;
};

} // namespace smsctl::sim
