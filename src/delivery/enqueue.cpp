#include "delivery/enqueue.hpp"

#include "core/error.hpp"
#include "core/time_text.hpp"
#include "delivery/checks.hpp"
#include "sms/schedule.hpp"
#include "store/conversations.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"
#include "store/opt_outs.hpp"
#include "store/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::delivery {

namespace {

/// A message of then that is this command's to submit: planned, and not for a time of its own.
bool is_unsent(const Verdict& verdict)
{
    return verdict.replay->status == sms::Status::planned && !verdict.waits_until;
}

} // namespace

Enqueue::Enqueue(store::Scope& scope, const Clock& clock) : m_scope(scope), m_clock(clock) {}

Verdict Enqueue::check(const Draft& draft)
{
    Verdict verdict;
    std::string our_address;
    const phone::Address to = recipient_of(draft.to, our_address);
    if (!to.warning.empty())
        verdict.warnings.push_back(fmt::format("{}: {}", to.text, to.warning));
    sms::Message& message = verdict.message;
    message.to = to.text;
    message.key = draft.key;
    message.tag = draft.tag;
    message.scheduled_at = draft.at;
    message.provider = m_scope.workspace().provider;
    message.content_hash = content_hash_of(draft, to.text);
    verdict.status_callback = draft.status_callback;
    verdict.validity_seconds = draft.validity_seconds;
    check_content(draft, m_scope.workspace().max_segments(), verdict);
    choose_sender(draft, verdict, our_address);
    check_policy(draft, verdict);
    check_time(draft, verdict);
    return verdict;
}

phone::Address Enqueue::recipient_of(const std::string& to, std::string& our_address)
{
    if (to.starts_with("conv_")) {
        const auto conversation = store::Conversations(m_scope).by_id(to);
        if (!conversation)
            throw not_found_error("conversation", to, "smsctl inbox lists them");
        our_address = conversation->our_address;
        return {.text = conversation->contact_address, .kind = {}, .warning = {}};
    }
    phone::AddressVerdict verdict = phone::recipient(to, m_scope.workspace().region());
    if (verdict.address)
        return std::move(*verdict.address);
    if (const auto contact = store::Contacts(m_scope).find(to))
        return {.text = contact->address, .kind = {}, .warning = {}};
    throw usage_error(
        "usage.recipient",
        fmt::format("recipient {} {}", to, verdict.reason),
        "give a number like +14155550100, or a contact's or conversation's name or id");
}

void Enqueue::choose_sender(const Draft& draft, Verdict& verdict, const std::string& our_address)
{
    const Workspace& workspace = m_scope.workspace();
    const std::vector<sms::Number> numbers = store::Numbers(m_scope).list(false);
    std::string sender = !draft.from.empty() ? draft.from : our_address;
    if (sender.empty())
        sender = workspace.setting("from");
    if (sender.empty())
        sender = workspace.setting("messaging-service");
    if (sender.empty())
        sender = only_sender(numbers, workspace.name);
    if (is_messaging_service(sender)) {
        verdict.message.messaging_service_id = sender;
        return;
    }
    verdict.message.from = owned_sender(sender, workspace, numbers, !draft.media_urls.empty());
    if (verdict.message.from == verdict.message.to)
        throw usage_error("usage.same_number",
                          fmt::format("{} cannot text itself", verdict.message.to),
                          "choose another recipient or --from");
}

void Enqueue::check_policy(const Draft& draft, Verdict& verdict)
{
    sms::Message& message = verdict.message;
    const Workspace& workspace = m_scope.workspace();
    const std::string& our_address = sms::sender_of(message);
    if (const auto price = workspace.segment_price_micros())
        verdict.estimated_price_micros = *price * message.segments;
    verdict.currency = "USD";

    if (const auto opt_out = store::OptOuts(m_scope).find(message.to, our_address)) {
        verdict.blocked = opt_out_verdict(message.to, *opt_out);
        return;
    }
    find_replay(verdict);
    // What went, or waits for its time, is told again at any hour. One that is still to be sent is
    // held to the hours like any other, though its cost is counted already.
    if (verdict.replay && !is_unsent(verdict))
        return;
    check_quiet_hours(draft.on_block, verdict);
    if (verdict.blocked)
        verdict.replay.reset();
    if (!verdict.blocked && !verdict.replay)
        check_cap(verdict);
}

void Enqueue::find_replay(Verdict& verdict)
{
    const sms::Message& message = verdict.message;
    if (message.key.empty())
        return;
    auto first = store::Messages(m_scope).by_key(message.key);
    if (!first) {
        check_removed(m_scope, message);
        return;
    }
    check_key(*first, message.content_hash);
    const auto entry = store::Outbox(m_scope).find(first->row);
    if (entry && entry->is_scheduled)
        verdict.waits_until = entry->due_at;
    verdict.replay = std::move(first);
}

void Enqueue::check_quiet_hours(sms::OnBlock on_block, Verdict& verdict)
{
    const Workspace& workspace = m_scope.workspace();
    sms::Message& message = verdict.message;
    const Instant leaves_at = message.scheduled_at.value_or(m_clock.now());
    const auto contact = store::Contacts(m_scope).by_address(message.to);
    const std::string zone = contact ? contact->time_zone : "";
    auto blocked = quiet_hours_verdict(workspace, message.to, zone, leaves_at);
    if (blocked && on_block == sms::OnBlock::defer)
        message.scheduled_at =
            quiet_until(workspace, zones_of(workspace, message.to, zone), leaves_at);
    else
        verdict.blocked = std::move(blocked);
}

void Enqueue::check_cap(Verdict& verdict)
{
    const Workspace& workspace = m_scope.workspace();
    const auto cap = workspace.daily_cap_micros();
    if (!cap)
        return;
    const auto today = std::chrono::floor<std::chrono::days>(m_clock.now());
    const std::int64_t spent = store::Messages(m_scope).spent_micros(
        Instant(today), workspace.segment_price_micros().value_or(0));
    if (spent + verdict.estimated_price_micros.value_or(0) > *cap)
        verdict.blocked = sms::Failure{
            "blocked.daily_cap",
            fmt::format("{} of today's cap of {} is spent (UTC)", decimal(spent), decimal(*cap))};
}

/// What was asked for before may lie in the past by now: then that is told again.
void Enqueue::check_time(const Draft& draft, Verdict& verdict) const
{
    if (verdict.replay && !is_unsent(verdict))
        return;
    const Instant now = m_clock.now();
    if (draft.at && *draft.at <= now)
        throw past_error(*draft.at);
    const auto& at = verdict.message.scheduled_at;
    const bool is_held =
        at && !verdict.message.messaging_service_id.empty() && sms::may_be_held(*at, now);
    if (!is_held && !verdict.blocked)
        verdict.waits_until = at;
}

} // namespace smsctl::delivery
