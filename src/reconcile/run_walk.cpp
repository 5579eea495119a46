// Reading lists, several at once. A list is newest first, so a page covers the time from its last
// message to the last of the page before; where a list was left off is therefore known by time.
// Messages that arrive meanwhile come before the first page: the token of the next one points
// behind the last message that was seen, so nothing is skipped or shown twice.
#include "core/text.hpp"
#include "core/time_text.hpp"
#include "reconcile/run.hpp"
#include "store/leases.hpp"
#include "store/polls.hpp"
#include "updates/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace smsctl::reconcile {

namespace {

constexpr std::string_view places_cursor = "reconcile.pages";
/// Twilio's number for a page whose place is gone, as when the message that marked it was deleted.
constexpr int bad_page_token = 21481;

bool is_lost_place(const Error& error)
{
    return error.provider() && error.provider()->code == bad_page_token;
}

} // namespace

void Run::walk(const Span& span, const Span& asked, bool is_open_at_the_top)
{
    const auto list = std::make_shared<Walk>();
    list->span = span;
    list->asked = asked;
    list->is_of_all = true;
    list->is_resumable = m_options.message_rows.empty();
    list->wanted = m_wanted.left_in(span);
    if (is_open_at_the_top) { // no filter: what is not dated yet is shown as well
        list->span.to = Instant::max();
    } else {
        list->filter.sent_after = span.from;
        list->filter.sent_before = span.to;
        list->filter.to_the_second = true;
    }
    begin(list, "");
}

void Run::load_places()
{
    if (m_options.dry_run || !m_options.message_rows.empty())
        return;
    m_saved_places = store::Cursors(m_scope).get(places_cursor);
    for (const std::string_view line : text::split(m_saved_places, '\n')) {
        const auto parts = text::split(line, ' ');
        if (parts.size() != 4)
            continue;
        const auto from = text::parse_rfc3339(parts[0]);
        const auto to = text::parse_rfc3339(parts[1]);
        const auto asked_until = text::parse_rfc3339(parts[2]);
        if (from && to && asked_until)
            m_left_off.push_back({{*from, *to}, *asked_until, std::string(parts[3])});
    }
}

/// Lists that a run before this one left off go on where they were: whatever stands there now is
/// older than what that run has seen.
void Run::resume()
{
    for (const Place& place : std::exchange(m_left_off, {})) {
        if (!is_worth_it(place))
            continue;
        const auto list = std::make_shared<Walk>();
        list->span = place.span;
        list->asked = {place.span.from - updates::clock_skew, place.asked_until};
        list->is_of_all = list->is_resumable = true;
        list->wanted = m_wanted.left_in(list->asked);
        m_places[list.get()] = place;
        m_summary.way = Way::pages;
        begin(list, place.page);
    }
    m_asker->run();
}

bool Run::is_worth_it(const Place& place)
{
    const auto& gaps = m_gaps.spans();
    if (std::any_of(gaps.begin(), gaps.end(), [&place](const Span& gap) {
            return gap.from < place.span.to && place.span.from < gap.to;
        }))
        return true;
    return pages_are_cheaper(
        m_wanted.left_in({place.span.from - updates::clock_skew, place.asked_until}),
        store::Polls(m_scope).count(place.span.from, place.span.to));
}

/// In the transaction of the page that moved a place.
void Run::save_places()
{
    std::string text;
    const auto add = [&text](const Place& place) {
        text += fmt::format("{} {} {} {}\n",
                            text::rfc3339(place.span.from),
                            text::rfc3339(place.span.to),
                            text::rfc3339(place.asked_until),
                            place.page);
    };
    for (const auto& [walk, place] : m_places)
        add(place);
    std::for_each(m_left_off.begin(), m_left_off.end(), add);
    if (text != m_saved_places) {
        store::Cursors(m_scope).set(places_cursor, text);
        m_saved_places = std::move(text);
    }
}

void Run::forget_places()
{
    m_places.clear();
    m_left_off.clear();
    save_places();
}

void Run::begin(const WalkPtr& walk, const std::string& page)
{
    if (walk->pages == 0)
        walk->reached = walk->span.to;
    providers::MessageRead read;
    read.filter = walk->filter;
    read.filter.page_size = page_size;
    read.page = page;
    m_asker->ask(std::move(read),
                 [this, walk](Answer&& answer) { on_page(walk, std::move(answer)); });
}

void Run::on_page(const WalkPtr& walk, Answer&& answer)
{
    if (const auto* error = std::get_if<Error>(&answer.outcome)) {
        if (!is_lost_place(*error) || walk->reached == Instant::max())
            throw Error(*error);
        walk->filter.sent_before = walk->reached; // from where it was, by time
        begin(walk, "");
        return;
    }
    auto& page = std::get<providers::MessagePage>(answer.outcome);
    ++m_summary.pages;
    ++walk->pages;
    if (walk->pages == 1 && walk->span.to == Instant::max() && !page.messages.empty())
        m_newest =
            std::max(m_newest.value_or(Instant()), updates::listed_at(page.messages.front()));
    const auto news = std::make_shared<News>();
    news->walk = walk;
    news->covers = covered(*walk, page);
    news->next = page.next;
    news->is_next_begun = surely_goes_on(*walk, page);
    if (news->is_next_begun) // the network need not wait for the database
        begin(walk, page.next);
    walk->shown += page.messages.size();
    ++walk->pages_to_enter;
    news->messages = std::move(page.messages);
    news->known = std::move(answer.known);
    read_media(news);
}

void Run::enter_page(const NewsPtr& news)
{
    Walk& walk = *news->walk;
    const bool is_last = news->next.empty() || walk.reached <= walk.span.from;
    if (walk.is_resumable && is_last)
        m_places.erase(&walk);
    else if (walk.is_resumable)
        m_places[&walk] = {
            {walk.span.from, walk.reached}, std::min(walk.asked.to, m_began_at), news->next};
    take(*news);
    --walk.pages_to_enter;
    if (!news->is_next_begun) {
        if (!news->next.empty() && goes_on(walk)) {
            begin(news->walk, news->next);
            return;
        }
        walk.is_at_its_end = true;
        m_places.erase(&walk);
    }
    if (walk.is_at_its_end && walk.pages_to_enter == 0 && walk.on_end)
        walk.on_end();
}

/// The time that is known once the page is entered. A filter that leaves nothing over may not have
/// been understood: then nothing is known.
Span Run::covered(Walk& walk, const providers::MessagePage& page) const
{
    const Instant newest = walk.reached;
    const bool is_last = page.next.empty();
    const bool is_believed = walk.wanted == 0 || walk.shown + page.messages.size() > 0;
    if (!page.messages.empty()) // another of the same second may be on the next page
        walk.reached =
            std::min(newest, updates::listed_at(page.messages.back()) + std::chrono::seconds(1));
    if (is_last && is_believed)
        walk.reached = walk.span.from;
    if (!walk.is_of_all)
        return {};
    return {walk.reached, newest};
}

/// Certain before the page is entered: there is more in the list than the pages so far can hold.
bool Run::surely_goes_on(const Walk& walk, const providers::MessagePage& page) const
{
    if (page.next.empty() || walk.reached <= walk.span.from)
        return false;
    return walk.is_searched || walk.pages < pages_for(walk.wanted);
}

bool Run::goes_on(const Walk& walk) const
{
    if (walk.reached <= walk.span.from)
        return false;
    // The account may have far more traffic than we know of: once the pages have cost as much as
    // lookups would have, the rest is looked up.
    const bool asks = walk.pages < walk.wanted && m_wanted.left_in(walk.asked) > 0;
    const Span ahead{walk.span.from, walk.reached};
    const auto& gaps = m_gaps.spans();
    const bool covers =
        walk.is_of_all && std::any_of(gaps.begin(), gaps.end(), [&ahead](const Span& gap) {
            return gap.from < ahead.to && ahead.from < gap.to;
        });
    return walk.is_searched || asks || covers;
}

/// Media of missed messages are read before the page is entered.
void Run::read_media(const NewsPtr& news)
{
    std::vector<std::string> with_media;
    for (const providers::RemoteMessage& remote : news->messages)
        if (remote.media_count > 0 && is_missed(remote))
            with_media.push_back(remote.provider_id);
    news->media_left = with_media.size();
    if (with_media.empty())
        enter_page(news);
    for (const std::string& provider_id : with_media) {
        providers::MessageRead read;
        read.what = providers::MessageRead::What::media;
        read.provider_id = provider_id;
        m_asker->ask(std::move(read), [this, news, provider_id](Answer&& answer) {
            if (const auto* error = std::get_if<Error>(&answer.outcome))
                throw Error(*error);
            news->media[provider_id] = std::get<std::vector<sms::Media>>(std::move(answer.outcome));
            if (--news->media_left == 0)
                enter_page(news);
        });
    }
}

} // namespace smsctl::reconcile
