// Asks the provider what callbacks did not tell. Sends in doubt come first, since what is found of
// them needs no asking. Then the messages that are due, by list pages where those cost no more
// requests than a lookup each would, and whatever the pages did not show one by one. Last inbound
// messages, in the times that no page has covered yet. Nothing is remembered between runs but the
// database: which message was asked about when, and the gaps in which nobody looked for inbound.
#include "reconcile/run.hpp"

#include "store/leases.hpp"
#include "store/outbox.hpp"
#include "updates/report.hpp"

#include <algorithm>
#include <utility>

namespace smsctl::reconcile {

namespace {

constexpr std::string_view lease_name = "reconcile";
/// Longer than one request with all its retries.
constexpr Millis lease_length = std::chrono::minutes(5);
constexpr Millis lease_renewal = std::chrono::minutes(1);
/// Lookups that are entered together.
constexpr std::size_t lookups_at_once = 50;

void bound(providers::MessageFilter& filter, const Span& span)
{
    filter.sent_after = span.from;
    if (span.to != Instant::max())
        filter.sent_before = span.to;
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
      m_owner(store::this_process()),
      m_began_at(clock.now()),
      m_on_stop(stop, [this] { m_end.request_stop(); }),
      m_look_ahead(scope.database().location(), scope.workspace()),
      m_in_doubt(scope.workspace().visibility_delay())
{
}

Run::~Run()
{
    m_asker.reset();
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
    if (!hold_lease()) {
        m_summary.locked = true;
        return m_summary;
    }
    take_turn();
    if (m_options.first)
        m_options.first(m_summary, share_of(Part::first));
    const int spent = m_summary.requests;
    const int left = m_options.max_requests - spent;
    const bool was_first_stopped =
        std::exchange(m_summary.stopped_early, m_options.max_requests > 0 && left <= 0);
    gather();
    load_places();
    if (!m_summary.stopped_early) {
        m_asker = std::make_unique<Asker>(
            m_provider.reader(),
            [this](const providers::ReadOutcome& outcome) { return m_look_ahead.known(outcome); },
            m_clock,
            Limits{
                .max_requests = std::max(0, left), .rate = m_options.rate, .has_asked = spent > 0},
            m_end.get_token());
        if (m_turn == Part::inbound)
            fetch_inbound();
        if (m_turn != Part::statuses)
            settle();
        resume();
        ask_about_statuses();
        look_up();
        if (m_turn == Part::statuses)
            settle();
        fetch_inbound();
        m_summary.requests = spent + m_asker->requests();
        m_summary.stopped_early |= m_asker->stopped() || m_end.stop_requested();
    }
    finish();
    m_summary.stopped_early |= was_first_stopped;
    pass_turn();
    return m_summary;
}

/// Takes the lease, or renews it when that is due; a run that lost it ends.
bool Run::hold_lease()
{
    const Instant now = m_clock.now();
    if (m_options.dry_run || (m_has_lease && now < m_lease_taken + lease_renewal))
        return true;
    m_has_lease = store::Leases(m_scope).take(lease_name, m_owner, now, lease_length);
    m_lease_taken = now;
    if (!m_has_lease)
        m_end.request_stop();
    return m_has_lease;
}

/// How many messages the account is thought to have then: those we know of.
std::size_t Run::expected(Instant from, Instant to)
{
    return std::max(m_wanted.left_in({from, to}), store::Polls(m_scope).count(from, to));
}

/// Newest first. The first may reach up to now: that is read without any filter, which shows also
/// what was not sent yet, and missed inbound messages, so it is preferred when it costs no more.
/// The others must save something: a filter by time may show less than a lookup.
std::vector<Span> Run::spans_to_read(const std::vector<Instant>& dates)
{
    const Plan planned =
        plan(dates, [this](Instant from, Instant to) { return expected(from, to); });
    Instant top = m_gaps.empty() ? Instant::max() : m_gaps.spans().back().from;
    std::size_t top_requests = m_gaps.empty() ? 0 : inbound_requests(m_gaps.spans().back());
    bool has_top = false;
    std::vector<Span> spans;
    for (const Span& each : planned.spans) {
        const Span span{each.from - updates::clock_skew, each.to + updates::clock_skew};
        const std::size_t alone = pages_for(expected(each.from, each.to));
        const std::size_t joined = pages_for(expected(std::min(each.from, top), m_began_at));
        if (spans.empty() && joined <= alone + top_requests) {
            has_top = true;
            top = std::min(top, span.from);
            top_requests = joined;
        } else if (alone < m_wanted.left_in(each)) {
            if (!spans.empty() && span.to >= spans.back().from)
                spans.back().from = span.from;
            else
                spans.push_back(span);
        }
    }
    if (has_top)
        spans.insert(spans.begin(), {top, Instant::max()});
    return spans;
}

/// What it takes to look for inbound messages alone.
std::size_t Run::inbound_requests(const Span& gap)
{
    return std::min(pages_for(store::Polls(m_scope).count(gap.from, gap.to)), m_numbers.size());
}

void Run::ask_about_statuses()
{
    if (m_wanted.left() == 0)
        return;
    const std::vector<Span> spans = spans_to_read(m_wanted.dates_left());
    m_summary.way = spans.empty() ? Way::lookups : Way::pages;
    for (const Span& span : spans) {
        const std::vector<Instant> dates = m_wanted.dates_left_in(span);
        const Instant to = std::min(span.to, m_began_at);
        bool is_newest = span.to == Instant::max();
        for (const Span& part : cut({span.from, to}, dates, expected(span.from, to)))
            walk(part, span, std::exchange(is_newest, false));
    }
    m_asker->run();
    read_the_rest();
}

/// Messages wait at the provider and are dated late: what the pages did not show may be among the
/// newest by now, or not dated at all.
void Run::read_the_rest()
{
    const std::vector<Instant> left = m_wanted.dates_left();
    if (m_summary.way != Way::pages || left.size() <= lookups_at_once)
        return;
    if (4 * pages_for(expected(left.front(), m_began_at)) > left.size())
        return;
    const Span span{left.front() - updates::clock_skew, m_began_at};
    walk(span, span, true);
    m_asker->run();
}

void Run::look_up()
{
    std::vector<std::int64_t> rows = m_wanted.rows_left();
    std::reverse(rows.begin(), rows.end()); // taken from the back
    const auto found = std::make_shared<News>();
    for (std::size_t i = 0; i < lookups_at_once && !rows.empty(); ++i)
        look_up_next(rows, found);
    m_asker->run();
    take(*found);
}

void Run::look_up_next(std::vector<std::int64_t>& rows, const NewsPtr& found)
{
    const std::int64_t row = rows.back();
    rows.pop_back();
    providers::MessageRead read;
    read.what = providers::MessageRead::What::message;
    read.provider_id = store::Polls(m_scope).provider_id(row);
    m_asker->ask(std::move(read), [this, row, found, &rows](Answer&& answer) {
        if (const auto* error = std::get_if<Error>(&answer.outcome)) {
            take(*found);
            throw Error(*error);
        }
        ++m_summary.lookups;
        if (auto& remote = std::get<std::optional<providers::RemoteMessage>>(answer.outcome)) {
            found->messages.push_back(*std::move(remote));
        } else if (m_wanted.answered(row)) { // the provider knows no such message: nothing new
            ++m_summary.checked;
            m_polled.push_back(row);
        }
        if (found->messages.size() >= lookups_at_once)
            take(*found);
        if (!rows.empty())
            look_up_next(rows, found);
    });
}

void Run::fetch_inbound()
{
    const std::vector<Span> gaps = m_gaps.spans();
    for (auto gap = gaps.rbegin(); gap != gaps.rend(); ++gap) {
        // One list of the whole account, or one for each number, whichever is fewer.
        if (pages_are_cheaper(m_numbers.size(), store::Polls(m_scope).count(gap->from, gap->to))) {
            const auto list = std::make_shared<Walk>();
            list->span = list->asked = *gap;
            list->is_of_all = list->is_resumable = true;
            bound(list->filter, *gap);
            begin(list, "");
        } else {
            fetch_inbound_of_numbers(*gap);
        }
        m_asker->run();
    }
}

void Run::fetch_inbound_of_numbers(const Span& gap)
{
    const auto left = std::make_shared<std::size_t>(m_numbers.size());
    for (const std::string& number : m_numbers) {
        const auto list = std::make_shared<Walk>();
        list->span = gap;
        list->is_searched = true;
        list->filter.to = number;
        bound(list->filter, gap);
        list->on_end = [this, left, gap] {
            if (--*left > 0)
                return;
            News covered;
            covered.covers = gap;
            take(covered);
        };
        begin(list, "");
    }
}

void Run::finish()
{
    if (!m_options.dry_run && m_options.statuses && !m_end.stop_requested())
        expire();
    // A run that came to its end leaves no place behind; one that did not has kept them all along.
    if (!m_options.dry_run && !m_summary.stopped_early)
        forget_places();
    if (!m_options.dry_run && !m_summary.stopped_early)
        save_price_time();
    count_open();
}

} // namespace smsctl::reconcile
