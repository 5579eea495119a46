// Asks the provider what callbacks did not tell. First the messages that should be final by now: by
// list pages while those cost no more requests than a lookup each would, then whatever the pages
// did not show one by one. Then inbound messages, unless the pages already went back far enough: a
// cursor says how far the last complete look went, so that with nothing new one short page will do.
#include "reconcile/run.hpp"

#include "core/time_text.hpp"
#include "reconcile/planner.hpp"
#include "store/leases.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"
#include "store/outbox.hpp"
#include "updates/report.hpp"

#include <algorithm>
#include <utility>

namespace smsctl::reconcile {

namespace {

constexpr std::string_view lease_name = "reconcile";
constexpr std::string_view inbound_cursor = "reconcile.inbound";
/// Longer than one request with all its retries.
constexpr Millis lease_length = std::chrono::minutes(5);
/// How much of the last look is looked at again: messages appear in lists a while after their time.
constexpr Millis overlap = std::chrono::minutes(10);
/// How far the provider's clock and ours may be apart.
constexpr Millis clock_skew = std::chrono::minutes(5);

Instant time_of(const providers::RemoteMessage& remote)
{
    return remote.created_at.value_or(remote.sent_at.value_or(Instant()));
}

bool reaches(const providers::MessagePage& page, Instant from)
{
    return page.next.empty() || (!page.messages.empty() && time_of(page.messages.back()) < from);
}

providers::MessageFilter listing(const std::string& to, Instant from)
{
    providers::MessageFilter filter;
    filter.to = to;
    filter.sent_after = from;
    filter.page_size = page_size;
    return filter;
}

} // namespace

Run::Run(store::Scope& scope,
         providers::Provider& provider,
         Clock& clock,
         const Options& options,
         const Reconciler::OnChange& on_change,
         const std::stop_token& stop)
    : m_scope(scope),
      m_provider(provider),
      m_clock(clock),
      m_options(options),
      m_on_change(on_change),
      m_stop(stop),
      m_owner(store::this_process()),
      m_began_at(clock.now())
{
}

Run::~Run()
{
    if (!m_has_lease)
        return;
    try {
        store::Leases(m_scope).release(lease_name, m_owner);
    } catch (const Error&) { // NOLINT(bugprone-empty-catch)
        // It runs out by itself.
    }
}

Summary Run::perform()
{
    if (!take_lease()) {
        m_summary.locked = true;
        return m_summary;
    }
    if (m_options.first)
        m_options.first(m_summary);
    gather();
    if (pages_are_cheaper(m_open.size(), m_open.empty() ? 0 : stored_since(oldest_open()))) {
        m_summary.way = Way::pages;
        read_pages();
    } else if (!m_open.empty()) {
        m_summary.way = Way::lookups;
    }
    look_up();
    fetch_inbound();
    for (const auto& [id, open] : m_open)
        if (open.asked && !sms::is_final(open.message.status))
            ++m_summary.still_open;
    return m_summary;
}

bool Run::take_lease()
{
    if (m_options.dry_run)
        return true;
    m_has_lease = store::Leases(m_scope).take(lease_name, m_owner, m_clock.now(), lease_length);
    return m_has_lease;
}

bool Run::may_ask()
{
    if (m_summary.stopped_early)
        return false;
    const bool spent = m_options.max_requests > 0 && m_summary.requests >= m_options.max_requests;
    if (spent || m_stop.stop_requested() || !take_lease()) {
        m_summary.stopped_early = true;
        return false;
    }
    ++m_summary.requests;
    return true;
}

void Run::gather()
{
    store::Messages messages(m_scope);
    std::vector<sms::Message> asked_for;
    if (m_options.message_rows.empty() && m_options.statuses)
        asked_for =
            messages.open(m_began_at - m_options.since, m_began_at - m_options.older_than, 0);
    for (const std::int64_t row : m_options.message_rows)
        if (auto message = messages.by_row(row))
            asked_for.push_back(std::move(*message));
    for (sms::Message& message : asked_for) {
        if (message.status == sms::Status::in_doubt && message.provider_id.empty())
            ++m_summary.in_doubt;
        if (message.direction == sms::Direction::outbound && !message.provider_id.empty() &&
            !sms::is_final(message.status)) {
            std::string id = message.provider_id;
            m_open.emplace(std::move(id), Open{std::move(message)});
        }
    }
    if (m_options.message_rows.empty())
        m_summary.in_doubt = static_cast<int>(messages.in_doubt().size());

    m_inbound_covered = !m_options.inbound || !m_options.message_rows.empty();
    if (m_inbound_covered)
        return;
    for (const sms::Number& number : store::Numbers(m_scope).list(false))
        m_numbers.insert(number.address);
    m_inbound_from = m_began_at - m_options.since;
    const auto looked_until = text::parse_rfc3339(store::Cursors(m_scope).get(inbound_cursor));
    if (looked_until && !m_options.from_the_start)
        m_inbound_from = std::max(m_inbound_from, *looked_until - overlap);
}

std::size_t Run::left() const
{
    return static_cast<std::size_t>(std::count_if(
        m_open.begin(), m_open.end(), [](const auto& one) { return !one.second.asked; }));
}

Instant Run::oldest_open() const
{
    Instant oldest = m_began_at;
    for (const auto& [id, open] : m_open)
        oldest = std::min(oldest, open.message.created_at);
    return oldest;
}

/// How many messages the account is thought to have since then: those we know of.
std::size_t Run::stored_since(Instant since)
{
    store::MessageQuery query;
    query.since = since;
    return static_cast<std::size_t>(store::Messages(m_scope).count(query));
}

bool Run::walk(const providers::MessageFilter& filter,
               const std::function<bool(const providers::MessagePage&)>& enough)
{
    std::string next;
    do {
        if (!may_ask())
            return false;
        providers::MessagePage page = m_provider.list_messages(filter, next);
        next = page.next;
        if (!m_newest)
            for (const providers::RemoteMessage& remote : page.messages)
                m_newest = std::max(m_newest.value_or(Instant()), time_of(remote));
        const bool is_enough = enough(page);
        take(page.messages);
        if (is_enough)
            return true;
    } while (!next.empty());
    return true;
}

/// Newest first, back to the oldest open message. The account may have far more traffic than we
/// know of: once the pages have cost as much as lookups would have, the rest is looked up.
void Run::read_pages()
{
    const Instant from = oldest_open() - clock_skew;
    const int budget = m_summary.requests + static_cast<int>(m_open.size());
    const bool with_inbound = !m_inbound_covered && m_inbound_from >= from;
    walk(listing("", from), [&](const providers::MessagePage& page) {
        std::size_t still = left();
        for (const providers::RemoteMessage& remote : page.messages) {
            const auto open = m_open.find(remote.provider_id);
            still -= open != m_open.end() && !open->second.asked ? 1 : 0;
        }
        m_inbound_covered |= with_inbound && reaches(page, m_inbound_from);
        return reaches(page, from) || still == 0 || m_summary.requests >= budget;
    });
}

void Run::look_up()
{
    for (auto& [id, open] : m_open) {
        if (open.asked)
            continue;
        if (!may_ask())
            return;
        if (auto remote = m_provider.fetch(id)) {
            std::vector<providers::RemoteMessage> news;
            news.push_back(std::move(*remote));
            take(news);
        } else {
            open.asked = true; // the provider knows no such message: nothing new
            ++m_summary.checked;
        }
    }
}

void Run::fetch_inbound()
{
    if (!m_inbound_covered && !m_numbers.empty()) {
        // One list of the whole account, or one for each number, whichever is fewer.
        const bool together = pages_are_cheaper(m_numbers.size(), stored_since(m_inbound_from));
        if (together ? !fetch_inbound_of("")
                     : !std::all_of(m_numbers.begin(), m_numbers.end(), [this](const auto& one) {
                           return fetch_inbound_of(one);
                       }))
            return;
    }
    const bool looked = m_options.inbound && m_options.message_rows.empty() && !m_numbers.empty();
    if (looked && !m_summary.stopped_early && !m_options.dry_run)
        move_cursor();
}

/// Never beyond what the provider itself has dated: our clock may be ahead of its. Nor over a time
/// that nobody has looked at.
void Run::move_cursor()
{
    if (!m_newest)
        return;
    store::Cursors cursors(m_scope);
    const Instant until = std::min(m_began_at, *m_newest);
    const auto before = text::parse_rfc3339(cursors.get(inbound_cursor));
    const Instant usual_start = m_began_at - Options().since; // what is older is given up
    const bool leaves_a_gap = m_inbound_from > std::max(before.value_or(usual_start), usual_start);
    if (!leaves_a_gap && (!before || *before < until))
        cursors.set(inbound_cursor, text::rfc3339(until));
}

bool Run::fetch_inbound_of(const std::string& our_address)
{
    return walk(listing(our_address, m_inbound_from), [this](const providers::MessagePage& page) {
        return reaches(page, m_inbound_from);
    });
}

} // namespace smsctl::reconcile
