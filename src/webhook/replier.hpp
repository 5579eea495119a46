#pragma once

#include "core/clock.hpp"
#include "http/server.hpp"
#include "providers/provider.hpp"
#include "sms/event.hpp"
#include "sms/message.hpp"
#include "store/reply_rules.hpp"
#include "store/scope.hpp"
#include "updates/apply.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::webhook {

/// What the listener answers with where no keyword of the workspace's is met: one of them or none.
struct ReplyOptions {
    std::string text;
    std::string template_name; ///< of the workspace that the text came to
};

/// A reply, and the answer to the provider that carries it.
struct ReplyAnswer {
    sms::Message message;
    http::ServerResponse response;
};

/// Answers texts. Who wrote an opt-out word gets nothing, then the workspace's rule with the
/// keyword counts, then the listener's own text, then the workspace's rule for any text. All it
/// writes belongs to the caller's transaction, so a reply is in the database before it leaves.
class Replier {
public:
    /// `public_url`: as the listener's; the provider is told to report on replies there.
    Replier(ReplyOptions options, std::string public_url);

    /// Whether no text that is news can get a reply here, whatever it says.
    bool is_silent(store::Scope& scope);

    /// What `inbound`, which `request` brought and `applied` was made of, is answered with; fills
    /// in the event's reply. Nothing where no rule answers, or the answer is withheld: for somebody
    /// who opted out, wrote from a number of the workspace, or got as many replies as `reply-pause`
    /// and `reply-limit` allow; at the daily cap; for a text that cannot be sent.
    std::optional<ReplyAnswer> answer(store::Scope& scope,
                                      const providers::InboundMessage& inbound,
                                      updates::Applied& applied,
                                      const http::ServerRequest& request,
                                      Instant now);

    /// Ties the message that `report` is of to the reply it is, where `target` of its request says
    /// that it is one.
    static void
    adopt(store::Scope& scope, const providers::StatusReport& report, std::string_view target);

private:
    /// What may be answered, before anybody asks whether it should be.
    struct Choice {
        std::string rule; ///< "rpl_…"; empty: the listener's own
        std::string text; ///< with fields
        std::string keyword;
        std::string problem; ///< why there is no text, one clause
    };

    std::optional<sms::Message> reply(store::Scope& scope,
                                      const sms::Message& stored,
                                      sms::Event& event,
                                      std::string_view idempotency_token,
                                      Instant now);
    const std::vector<store::ReplyRule>& rules(store::Scope& scope);
    std::optional<Choice> choose(store::Scope& scope, std::string_view body);
    Choice own_choice(store::Scope& scope) const;

    const ReplyOptions m_options;
    const std::string m_public_url;
    /// By workspace row, as long as no other connection commits anything.
    std::map<std::int64_t, std::vector<store::ReplyRule>> m_rules;
    std::int64_t m_rules_version = -1;
};

} // namespace smsctl::webhook
