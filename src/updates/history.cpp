// Lists come newest first and shift while they are read: what arrives meanwhile stands before the
// first page, and the next look finds it. So a walk goes from the front back to where the last one
// began, less an overlap, and only its end moves the cursor. The place it has reached is committed
// with each page: a walk that was broken off is taken up there, after a look at the front.
#include "updates/history.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"
#include "store/leases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace smsctl::updates {

namespace {

/// How much of the last look is looked at again: entries appear in lists a while after their time.
constexpr Millis overlap = std::chrono::minutes(10);
constexpr Instant beginning{};

std::string text_of(const std::optional<Instant>& instant)
{
    return instant ? fmt::to_string(instant->time_since_epoch().count()) : "-";
}

std::optional<Instant> instant_of(std::string_view text)
{
    const auto millis = text::to_integer(text);
    return millis ? std::optional(Instant(Millis(*millis))) : std::nullopt;
}

std::optional<Instant> earlier(std::optional<Instant> left, std::optional<Instant> right)
{
    return left && right ? std::min(left, right) : (left ? left : right);
}

} // namespace

HistorySync::HistorySync(store::Scope& scope, History& history, HistoryOptions options)
    : m_scope(scope),
      m_history(history),
      m_options(options),
      m_cursor(fmt::format("sync.{}", history.name())),
      m_walk_cursor(m_cursor + ".walk")
{
}

HistoryTally HistorySync::run(const OnDifference& on_difference,
                              const OnPage& on_page,
                              const std::stop_token& stop)
{
    m_on_difference = &on_difference;
    m_on_page = &on_page;
    m_stop = stop;
    m_tally = {};
    Walk walk{start(), {}, {}, {}};
    const auto before = broken_off();
    if (!before || before->from > walk.from || !resume(*before)) {
        if (m_stop.stop_requested() || !read_back(walk, true)) {
            m_tally.stopped = true;
            return m_tally;
        }
        finish(walk);
    }
    return m_tally;
}

/// How far back this run has to look.
Instant HistorySync::start()
{
    if (m_options.since)
        return *m_options.since;
    const auto read_until = text::parse_rfc3339(store::Cursors(m_scope).get(m_cursor));
    if (m_options.full || !read_until)
        return beginning;
    return earlier(*read_until - overlap, m_history.unsettled_since()).value();
}

std::optional<HistorySync::Walk> HistorySync::broken_off()
{
    if (m_options.full || m_options.dry_run)
        return std::nullopt;
    const std::string kept = store::Cursors(m_scope).get(m_walk_cursor);
    std::array<std::string_view, 4> parts;
    std::string_view rest = kept;
    for (std::string_view& part : parts) {
        const auto end = &part == &parts.back() ? rest.size() : rest.find(' ');
        if (rest.empty() || end == std::string_view::npos)
            return std::nullopt;
        part = rest.substr(0, end);
        rest.remove_prefix(std::min(rest.size(), end + 1));
    }
    const auto from = instant_of(parts[0]);
    if (!from)
        return std::nullopt;
    return Walk{*from, instant_of(parts[1]), instant_of(parts[2]), std::string(parts[3])};
}

bool HistorySync::resume(Walk walk)
{
    // First what came since; the place in the old walk stays as it is until that is done.
    Walk front{walk.top.value_or(beginning) - overlap, {}, walk.left, {}};
    HistoryPage page;
    try {
        if (!read_back(front, false))
            return true;
        walk.top = front.top ? front.top : walk.top;
        walk.left = earlier(walk.left, front.left);
        if (m_stop.stop_requested()) {
            m_tally.stopped = true;
            return true;
        }
        page = step(walk, true);
    } catch (const Error& error) {
        if (error.exit() != Exit::rejected)
            throw;
        return false; // the provider no longer knows the page
    }
    if (!read_on(walk, true, std::move(page)))
        m_tally.stopped = true;
    else
        finish(walk);
    return true;
}

bool HistorySync::reaches(const HistoryPage& page, Instant from) const
{
    return page.next.empty() || (page.oldest && *page.oldest < from);
}

HistoryPage HistorySync::step(Walk& walk, bool is_kept)
{
    HistoryPage page = m_history.read(walk.next);
    std::vector<Difference> differences;
    {
        store::Transaction transaction = m_scope.begin();
        differences = m_history.enter(walk.from);
        walk.next = page.next;
        walk.left = earlier(walk.left, m_history.left_since());
        if (!walk.top)
            walk.top = page.newest;
        if (is_kept && !reaches(page, walk.from))
            keep(walk);
        if (!m_options.dry_run)
            transaction.commit();
    }
    ++m_tally.pages;
    m_tally.listed += page.count;
    for (const Difference& difference : differences) {
        ++(difference.kind == DifferenceKind::added ? m_tally.added : m_tally.changed);
        (*m_on_difference)(difference);
    }
    (*m_on_page)(m_tally);
    return page;
}

bool HistorySync::read_back(Walk& walk, bool is_kept)
{
    return read_on(walk, is_kept, step(walk, is_kept));
}

bool HistorySync::read_on(Walk& walk, bool is_kept, HistoryPage page)
{
    while (!reaches(page, walk.from)) {
        if (m_stop.stop_requested()) {
            m_tally.stopped = true;
            return false;
        }
        page = step(walk, is_kept);
    }
    return true;
}

void HistorySync::keep(const Walk& walk)
{
    store::Cursors(m_scope).set(
        m_walk_cursor,
        fmt::format(
            "{} {} {} {}", text_of(walk.from), text_of(walk.top), text_of(walk.left), walk.next));
}

/// The cursor never goes beyond what the provider itself has dated, as our clock may be ahead of
/// its, nor beyond what was left for others to settle, nor over a time that nobody has read.
void HistorySync::finish(const Walk& walk)
{
    if (m_options.dry_run)
        return;
    store::Transaction transaction = m_scope.begin();
    store::Cursors cursors(m_scope);
    cursors.remove(m_walk_cursor);
    const auto before = text::parse_rfc3339(cursors.get(m_cursor));
    const auto until = earlier(walk.left, walk.top);
    if (until && (!before || walk.from <= *before))
        cursors.set(m_cursor, text::rfc3339(*until));
    transaction.commit();
}

} // namespace smsctl::updates
