#pragma once

#include "core/clock.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::store {

/// What a text was answered with, or that it was not.
struct GivenReply {
    std::int64_t event_seq = 0;   ///< of the event that brought the text
    std::int64_t message_row = 0; ///< the reply; 0: it was withheld
    std::string rule;             ///< "rpl_…"; empty: the listener's own text
    std::string withheld;         ///< why; empty: it was given
    std::string address;          ///< who wrote
    std::string idempotency_token;
    Instant created_at;
};

/// How many replies somebody got lately.
struct ReplyCount {
    std::int64_t by_rule = 0; ///< of this rule
    std::int64_t in_all = 0;
};

/// The automatic replies of a workspace. The messages themselves are in `Messages`.
class Replies {
public:
    explicit Replies(Scope& scope) : m_scope(scope) {}

    /// In the transaction that writes the event and the reply.
    void add(const GivenReply& given);
    /// What the text in this row was answered with, when it was.
    std::optional<GivenReply> to(std::int64_t inbound_row);
    /// Whether the message in this row is an automatic reply.
    bool has(std::int64_t message_row);
    /// Replies to `address`: by `rule` after `rule_since`, by anything after `since`.
    ReplyCount
    count(std::string_view address, std::string_view rule, Instant rule_since, Instant since);

private:
    Scope& m_scope;
};

} // namespace smsctl::store
