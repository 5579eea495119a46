#include "updates/message_history.hpp"

#include "store/messages.hpp"
#include "store/removals.hpp"
#include "updates/apply.hpp"
#include "updates/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::updates {

namespace {

/// How long more may be told of a message: a price that comes late, a status. What reaches us is
/// charged at once or never.
constexpr Millis outbound_settles_in = std::chrono::hours(24) * 14;
constexpr Millis inbound_settles_in = std::chrono::hours(24);

const std::string& their_end(const providers::RemoteMessage& remote)
{
    return remote.direction == sms::Direction::inbound ? remote.from : remote.to;
}

std::vector<FieldDifference> differences_between(const sms::Message& before,
                                                 const sms::Message& after)
{
    const auto count_text = [](int count) { return count == 0 ? "" : fmt::to_string(count); };
    const auto code_of = [](const sms::Message& message) {
        return message.failure ? message.failure->code : std::string();
    };
    std::vector<FieldDifference> fields;
    compare(fields, "status", std::string(word(before.status)), std::string(word(after.status)));
    compare(fields, "error.code", code_of(before), code_of(after));
    compare(fields, "segments", count_text(before.segments), count_text(after.segments));
    compare(fields, "price", price_text(before.price), price_text(after.price));
    compare(fields, "from", before.from, after.from);
    return fields;
}

} // namespace

MessageHistory::MessageHistory(store::Scope& scope,
                               providers::Provider& provider,
                               const Clock& clock)
    : m_scope(scope), m_provider(provider), m_clock(clock)
{
}

HistoryPage MessageHistory::read(std::string_view page)
{
    // No filter: those by date leave out what was never sent.
    providers::MessagePage listed = m_provider.list_messages({}, page);
    m_page = std::move(listed.messages);
    m_media.clear();
    for (const providers::RemoteMessage& remote : m_page)
        if (remote.media_count > 0 &&
            store::Messages(m_scope).row_of_provider_id(remote.provider_id) == 0)
            m_media.emplace(remote.provider_id, m_provider.media(remote.provider_id));
    HistoryPage result{m_page.size(), {}, {}, std::move(listed.next)};
    if (!m_page.empty()) {
        result.newest = listed_at(m_page.front());
        result.oldest = listed_at(m_page.back());
    }
    return result;
}

std::vector<Difference> MessageHistory::enter(Instant from)
{
    std::vector<Difference> differences;
    OwnSends own_sends(m_scope);
    // The oldest first, as webhooks would have come.
    // NOLINTNEXTLINE(modernize-loop-convert): backwards
    for (auto remote = m_page.rbegin(); remote != m_page.rend(); ++remote)
        if (listed_at(*remote) >= from && !their_end(*remote).empty())
            enter(*remote, own_sends, differences);
    return differences;
}

void MessageHistory::enter(const providers::RemoteMessage& remote,
                           OwnSends& own_sends,
                           std::vector<Difference>& differences)
{
    Updates updates(m_scope, m_clock);
    Difference difference;
    difference.address = their_end(remote);
    difference.provider_id = remote.provider_id;
    if (const auto before = store::Messages(m_scope).by_provider_id(remote.provider_id)) {
        const auto applied = updates.refresh(remote);
        if (!applied)
            return;
        difference.kind = DifferenceKind::changed;
        difference.id = before->id;
        difference.fields = differences_between(*before, *applied->message);
        if (!difference.fields.empty())
            differences.push_back(std::move(difference));
        return;
    }
    if (store::Removals(m_scope).had_provider_id(remote.provider_id))
        return; // removed here, and not to come back
    if (remote.direction == sms::Direction::outbound) {
        const auto verdict = own_sends.judge(remote);
        if (verdict == OwnSends::Verdict::awaited)
            leave(remote);
        if (verdict != OwnSends::Verdict::not_ours)
            return;
    }
    const auto media = m_media.find(remote.provider_id);
    const Applied applied =
        updates.enter(remote, media == m_media.end() ? std::vector<sms::Media>() : media->second);
    difference.id = applied.message->id;
    differences.push_back(std::move(difference));
}

void MessageHistory::leave(const providers::RemoteMessage& remote)
{
    ++m_left_count;
    const Instant since = listed_at(remote);
    m_left_since = m_left_since ? std::min(*m_left_since, since) : since;
}

std::optional<Instant> MessageHistory::unsettled_since()
{
    const Instant now = m_clock.now();
    return store::Messages(m_scope).oldest_unpriced(now - outbound_settles_in,
                                                    now - inbound_settles_in);
}

} // namespace smsctl::updates
