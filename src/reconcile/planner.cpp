// A page of a list shows a thousand messages for one request and a lookup shows one. So what counts
// is how close together the messages stand that are asked about, among all that the account has.
// The plan starts with one span over all of them and splits it at its widest gap as long as that
// saves requests.
#include "reconcile/planner.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace smsctl::reconcile {

namespace {

using namespace std::chrono_literals;

constexpr std::array<Millis, 5> status_checks{1min, 5min, 30min, 2h, 12h};
constexpr std::array<Millis, 2> price_checks{2h, 12h};
constexpr Millis day = 24h;
constexpr Millis price_horizon = 7 * day;

/// A check was missed since the message was last asked about.
template <std::size_t Count>
bool is_check_due(const std::array<Millis, Count>& checks,
                  const store::PollCandidate& message,
                  Instant now)
{
    const Millis age = now - message.waits_until;
    const auto next = std::upper_bound(checks.begin(), checks.end(), age);
    if (next == checks.begin())
        return false;
    const Millis last = age >= day ? age / day * day : *(next - 1);
    return !message.polled_at || *message.polled_at < message.waits_until + last;
}

/// Deep enough for what a few weeks of cron runs leave behind; each level asks twice as often.
constexpr int deepest_split = 7;

class Splitter {
public:
    Splitter(const std::vector<Instant>& dates, const Traffic& traffic)
        : m_dates(dates), m_traffic(traffic)
    {
    }

    Plan best(std::size_t first, std::size_t end, int depth) const
    {
        const std::size_t count = end - first;
        const Span span{m_dates[first], m_dates[end - 1]};
        const std::size_t expected = std::max(count, m_traffic(span.from, span.to));
        const std::size_t pages = pages_for(expected);
        Plan whole;
        whole.requests = std::min(pages, count);
        if (pages <= count)
            whole.spans.push_back(span);
        if (depth == 0 || count == 1 || whole.requests <= pages_for(count))
            return whole;
        const std::size_t middle = widest_gap(first, end);
        Plan newer = best(middle, end, depth - 1);
        Plan older = best(first, middle, depth - 1);
        if (newer.requests + older.requests >= whole.requests)
            return whole;
        newer.requests += older.requests;
        newer.spans.insert(newer.spans.end(), older.spans.begin(), older.spans.end());
        return newer;
    }

private:
    /// Where the newer part begins.
    std::size_t widest_gap(std::size_t first, std::size_t end) const
    {
        std::size_t widest = first + 1;
        for (std::size_t i = first + 1; i < end; ++i)
            if (m_dates[i] - m_dates[i - 1] > m_dates[widest] - m_dates[widest - 1])
                widest = i;
        return widest;
    }

    const std::vector<Instant>& m_dates;
    const Traffic& m_traffic;
};

} // namespace

bool is_due(const store::PollCandidate& message, Instant now)
{
    return is_check_due(status_checks, message, now);
}

bool is_price_due(const store::PollCandidate& message, Instant now)
{
    return now - message.waits_until < price_horizon && is_check_due(price_checks, message, now);
}

std::size_t pages_for(std::size_t messages)
{
    return std::max<std::size_t>(1, (messages + page_size - 1) / page_size);
}

bool pages_are_cheaper(std::size_t open, std::size_t expected)
{
    return open > 0 && pages_for(expected) <= open;
}

Plan plan(const std::vector<Instant>& dates, const Traffic& traffic)
{
    return dates.empty() ? Plan() : Splitter(dates, traffic).best(0, dates.size(), deepest_split);
}

std::vector<Span> cut(const Span& span, const std::vector<Instant>& dates, std::size_t expected)
{
    constexpr std::size_t most_parts = 8;
    constexpr std::size_t fewest_pages = 4; // of a part
    const std::size_t pages = pages_for(expected);
    const std::size_t parts = std::min(most_parts, pages / fewest_pages);
    // Where we know of few, we cannot tell where a part would have how many.
    if (parts < 2 || dates.size() < expected / 2)
        return {span};
    // A part's last page is nearly full, and not quite: what we think of its bounds is off by some.
    constexpr double fill = 0.99;
    const double messages = static_cast<double>((pages + parts - 1) / parts * page_size) * fill;
    const double share = static_cast<double>(dates.size()) / static_cast<double>(expected);
    const auto step = static_cast<std::size_t>(messages * share);
    std::vector<Span> cuts;
    Instant to = span.to;
    for (std::size_t taken = step; taken < dates.size(); taken += step) {
        const Instant from = std::chrono::ceil<std::chrono::seconds>(dates[dates.size() - taken]);
        if (from >= to || from <= span.from)
            continue;
        cuts.push_back({from, to});
        to = from;
    }
    cuts.push_back({span.from, to});
    return cuts;
}

} // namespace smsctl::reconcile
