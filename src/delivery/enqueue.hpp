#pragma once

#include "core/clock.hpp"
#include "phone/e164.hpp"
#include "sms/batch.hpp"
#include "sms/message.hpp"
#include "sms/segments.hpp"
#include "store/scope.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::delivery {

/// What somebody wants to send to one recipient.
struct Draft {
    std::string to;   ///< as typed: a number, a contact or a conversation
    std::string from; ///< as typed; empty: the conversation's, the workspace's or the only number
    std::string body;
    std::vector<std::string> media_urls;
    std::string key;
    std::string tag;
    sms::EncodingChoice encoding = sms::EncodingChoice::automatic;
    sms::SmartEncoding smart = sms::SmartEncoding::off;
    std::optional<int> max_segments; ///< the workspace's when not given
    std::optional<int> validity_seconds;
    std::string status_callback; ///< URL; empty: none
    std::optional<Instant> at;   ///< when it is to leave; nothing: at once
    /// `defer`: quiet hours put it off until they end. Nothing else is ever put off.
    sms::OnBlock on_block = sms::OnBlock::fail;
};

/// Whether and how a draft can be sent, before anything is written or any network is touched.
struct Verdict {
    sms::Message message; ///< as it would be stored; row 0
    /// It is to be kept here until then, when `send --due` takes it. Nothing: it is submitted now,
    /// be it for the provider to hold.
    std::optional<Instant> waits_until;
    std::string status_callback;
    std::optional<int> validity_seconds;
    sms::SegmentCount segments;
    std::optional<std::int64_t> estimated_price_micros; ///< nothing without a segment-price
    std::string currency;
    std::vector<std::string> warnings;
    /// Set when this very key and content were sent before: the message of then.
    std::optional<sms::Message> replay;
    /// Local policy says no (exit 11): the dotted code and the sentence.
    std::optional<sms::Failure> blocked;
};

/// Checks drafts and writes intent. The checks, in order: number, content, encoding and segments,
/// sender ownership, opt-out, duplicate key, quiet hours in the recipient's zone (at the time when
/// it is to leave), daily cap, that time.
class Enqueue {
public:
    Enqueue(store::Scope& scope, const Clock& clock);

    /// Throws usage errors (2) for what is wrong with the draft itself; policy comes as `blocked`.
    Verdict check(const Draft& draft);
    /// Commits message, outbox entry and event in one transaction: `planned`, or `blocked` without
    /// an outbox entry. Checks the key again inside; a replay found there is returned as such. A
    /// replay that was planned, never left and waits for no time goes when this verdict says.
    sms::Message plan(Verdict& verdict);
    /// The same for all in one transaction: all are planned or none.
    void plan_all(std::vector<Verdict>& verdicts);

private:
    phone::Address recipient_of(const std::string& to, std::string& our_address);
    void choose_sender(const Draft& draft, Verdict& verdict, const std::string& our_address);
    void check_policy(const Draft& draft, Verdict& verdict);
    void find_replay(Verdict& verdict);
    void check_quiet_hours(sms::OnBlock on_block, Verdict& verdict);
    void check_cap(Verdict& verdict);
    void check_time(const Draft& draft, Verdict& verdict) const;
    void put_down(Verdict& verdict);
    void write(Verdict& verdict);
    void take_time(Verdict& verdict);

    store::Scope& m_scope;
    const Clock& m_clock;
};

} // namespace smsctl::delivery
