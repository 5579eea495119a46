// Every way out of a doubt can cost: who plans a message again that was sent sends it twice, and
// who adopts another's message loses one. So a message counts as absent only when nothing that
// could be it was seen, and as found only when there are not more candidates than doubts.
#include "reconcile/in_doubt.hpp"

#include "core/time_text.hpp"
#include "store/messages.hpp"
#include "updates/own_sends.hpp"
#include "updates/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <tuple>
#include <utility>

namespace smsctl::reconcile {

namespace {

/// What Twilio puts before every text of a trial account.
constexpr std::string_view trial_prefix = "Sent from your Twilio trial account - ";

bool has_same_text(const sms::Message& ours, const providers::RemoteMessage& remote)
{
    const std::string_view theirs = remote.body;
    return theirs == ours.body ||
           (theirs.starts_with(trial_prefix) && theirs.substr(trial_prefix.size()) == ours.body);
}

bool has_same_sender(const sms::Message& ours, const providers::RemoteMessage& remote)
{
    return ours.from.empty() ? ours.messaging_service_id == remote.messaging_service_id
                             : ours.from == remote.from;
}

/// Whether `remote` can be ours at all: its text may have been emptied, or its look-alikes
/// replaced, and a Messaging Service may not have chosen a sender yet.
bool can_be(const sms::Message& ours, const providers::RemoteMessage& remote)
{
    const bool has_other_service = !ours.messaging_service_id.empty() &&
                                   !remote.messaging_service_id.empty() &&
                                   ours.messaging_service_id != remote.messaging_service_id;
    const bool has_other_media = remote.media_count != 0 &&
                                 static_cast<std::size_t>(remote.media_count) != ours.media.size();
    const store::Unidentified sent{.from = ours.from,
                                   .to = ours.to,
                                   .messaging_service_id = ours.messaging_service_id,
                                   .body = ours.body,
                                   .created_at = ours.created_at};
    return !has_other_service && !has_other_media && updates::may_be(sent, remote);
}

auto content_of(const Doubt& doubt)
{
    const sms::Message& message = doubt.message;
    return std::tie(message.from, message.messaging_service_id, message.to, message.body);
}

std::string looked_for(const Doubt& doubt, std::string_view found)
{
    return fmt::format("{} from {} to {} with this text between {} and {}",
                       found,
                       sms::sender_of(doubt.message),
                       doubt.message.to,
                       text::rfc3339(doubt.span.from),
                       text::rfc3339(doubt.span.to));
}

bool is_in(const Span& span, Instant at)
{
    return span.from <= at && at <= span.to;
}

} // namespace

void InDoubt::add(sms::Message message, std::optional<Instant> asked_at)
{
    m_recipients.insert(message.to);
    const Span span{message.created_at - updates::clock_skew,
                    message.status_at + m_visibility_delay + updates::clock_skew};
    m_doubts.push_back({std::move(message), span, asked_at.value_or(Instant::min())});
}

Instant InDoubt::oldest() const
{
    Instant oldest = Instant::max();
    for (const Doubt& doubt : m_doubts)
        oldest = std::min(oldest, doubt.span.from);
    return oldest;
}

std::vector<InDoubt::Pair> InDoubt::pairs() const
{
    std::map<std::pair<std::string, std::string>, Pair> by_ends;
    for (const Doubt& doubt : m_doubts) {
        const sms::Message& message = doubt.message;
        const auto [known, is_new] =
            by_ends.try_emplace({message.from, message.to},
                                Pair{message.from, message.to, doubt.span.from, doubt.asked_at});
        Pair& pair = known->second;
        pair.since = std::min(pair.since, doubt.span.from);
        pair.asked_at = std::min(pair.asked_at, doubt.asked_at);
    }
    std::vector<Pair> pairs;
    for (auto& [ends, pair] : by_ends)
        pairs.push_back(std::move(pair));
    std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& left, const Pair& right) {
        return left.asked_at < right.asked_at;
    });
    return pairs;
}

void InDoubt::offer(const providers::RemoteMessage& remote)
{
    if (remote.direction == sms::Direction::outbound && m_recipients.contains(remote.to))
        m_offers.emplace(remote.provider_id, remote);
}

std::vector<const providers::RemoteMessage*>
InDoubt::alike(const std::vector<const Doubt*>& group) const
{
    std::vector<const providers::RemoteMessage*> found;
    for (const auto& [id, remote] : m_offers)
        if (std::any_of(group.begin(), group.end(), [&offer = remote](const Doubt* doubt) {
                return is_in(doubt->span, updates::made_at(offer)) && can_be(doubt->message, offer);
            }))
            found.push_back(&remote);
    std::stable_sort(found.begin(), found.end(), [](const auto* left, const auto* right) {
        return updates::made_at(*left) < updates::made_at(*right);
    });
    return found;
}

std::vector<Finding> InDoubt::findings() const
{
    std::vector<const Doubt*> sorted;
    for (const Doubt& doubt : m_doubts)
        sorted.push_back(&doubt);
    std::stable_sort(sorted.begin(), sorted.end(), [](const Doubt* left, const Doubt* right) {
        return std::tuple_cat(content_of(*left), std::tie(left->span.from)) <
               std::tuple_cat(content_of(*right), std::tie(right->span.from));
    });
    // Those of the same content whose times meet are judged together.
    std::vector<Finding> findings;
    std::vector<const Doubt*> group;
    Instant group_ends;
    for (const Doubt* doubt : sorted) {
        const bool belongs = !group.empty() && content_of(*group.back()) == content_of(*doubt) &&
                             doubt->span.from <= group_ends;
        if (!belongs) {
            judge(std::exchange(group, {}), findings);
            group_ends = doubt->span.to;
        }
        group.push_back(doubt);
        group_ends = std::max(group_ends, doubt->span.to);
    }
    judge(group, findings);
    return findings;
}

void InDoubt::judge(const std::vector<const Doubt*>& group, std::vector<Finding>& findings) const
{
    if (group.empty())
        return;
    const std::vector<const providers::RemoteMessage*> offers = alike(group);
    const sms::Message& ours = group.front()->message;
    const bool is_certain = std::all_of(offers.begin(), offers.end(), [&ours](const auto* offer) {
        return has_same_text(ours, *offer) && has_same_sender(ours, *offer);
    });
    std::vector<Finding> adopted;
    std::vector<const Doubt*> left = group;
    // Oldest to oldest: whoever's time ends first takes the first that is in it.
    std::stable_sort(left.begin(), left.end(), [](const Doubt* one, const Doubt* other) {
        return one->span.to < other->span.to;
    });
    for (const auto* offer : offers) {
        const auto taker = std::find_if(left.begin(), left.end(), [offer](const Doubt* doubt) {
            return is_in(doubt->span, updates::made_at(*offer));
        });
        if (taker == left.end())
            break;
        adopted.push_back({Finding::What::adopt, *taker, offer, looked_for(**taker, "the one")});
        left.erase(taker);
    }
    if (!is_certain || adopted.size() < offers.size()) {
        std::vector<std::string> ids;
        for (const auto* offer : offers)
            ids.push_back(offer->provider_id);
        const std::string evidence =
            fmt::format("may be {} at the provider", fmt::join(ids, " or "));
        for (const Doubt* doubt : group)
            findings.push_back({Finding::What::several, doubt, nullptr, evidence});
        return;
    }
    std::move(adopted.begin(), adopted.end(), std::back_inserter(findings));
    for (const Doubt* doubt : left)
        findings.push_back({Finding::What::absent, doubt, nullptr, looked_for(*doubt, "none")});
}

bool InDoubt::is_visible(const Doubt& doubt, Instant now) const
{
    return now >= doubt.message.status_at + m_visibility_delay;
}

} // namespace smsctl::reconcile
