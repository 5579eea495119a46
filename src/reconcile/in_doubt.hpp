#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "reconcile/planner.hpp"
#include "sms/message.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace smsctl::reconcile {

/// A send nobody knows the fate of, and when the provider's message can have been made.
struct Doubt {
    sms::Message message;
    Span span;
    Instant asked_at; ///< when it was looked for last; long ago where it never was
};

/// What the evidence says of one doubt.
struct Finding {
    enum class What { adopt, absent, several };
    What what = What::absent;
    const Doubt* doubt = nullptr;
    const providers::RemoteMessage* remote = nullptr; ///< to adopt
    std::string evidence;                             ///< one clause
};

/// Sends in doubt beside the provider's messages that none of ours is known to be. They belong
/// together by sender, recipient, exact text and number of media, and by time. Where as many or
/// fewer of the provider's messages fit as of ours, each is one of ours; where more do, or one fits
/// but for what providers do to texts, nobody can tell. No message of the provider is ever given to
/// two of ours.
class InDoubt {
public:
    /// `visibility_delay`: how long after a send the provider may not show it yet.
    explicit InDoubt(Millis visibility_delay) : m_visibility_delay(visibility_delay) {}

    /// `asked_at`: when it was looked for last, if ever.
    void add(sms::Message message, std::optional<Instant> asked_at = {});
    bool empty() const { return m_doubts.empty(); }
    const std::vector<Doubt>& doubts() const { return m_doubts; }
    /// The oldest instant at which one of them can have been made.
    Instant oldest() const;

    /// The lists that show every message that can be one of them: of one sender to one recipient.
    struct Pair {
        std::string from; ///< empty where a Messaging Service chooses it
        std::string to;
        Instant since;
        Instant asked_at; ///< when one of them was looked for longest ago
    };
    /// Those first that were looked for longest ago, or never.
    std::vector<Pair> pairs() const;

    /// One of the provider's messages that is none of ours; kept when it can be one of these.
    void offer(const providers::RemoteMessage& remote);
    /// What the offers say, now that everything was looked through.
    std::vector<Finding> findings() const;
    /// Whether so long has passed that a send which is not shown was not made.
    bool is_visible(const Doubt& doubt, Instant now) const;

private:
    /// Offers that can be one of these, by all that is known; oldest first.
    std::vector<const providers::RemoteMessage*>
    alike(const std::vector<const Doubt*>& group) const;
    void judge(const std::vector<const Doubt*>& group, std::vector<Finding>& findings) const;

    Millis m_visibility_delay;
    std::vector<Doubt> m_doubts;
    std::set<std::string, std::less<>> m_recipients;
    std::map<std::string, providers::RemoteMessage, std::less<>> m_offers; ///< by provider id
};

} // namespace smsctl::reconcile
