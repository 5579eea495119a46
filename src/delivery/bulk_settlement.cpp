// Nothing but the tag ties a request to its messages, look-ups may be late, and filters may be
// overlooked. So a message is believed when it carries the tag and has one of our recipients; one
// that is missing is believed to be none only when the operation is finished and counts as many
// unaddressable recipients as are missing.
#include "delivery/bulk_settlement.hpp"

#include "core/error.hpp"
#include "delivery/bulk_news.hpp"
#include "delivery/bulk_recorder.hpp"
#include "store/bulk_requests.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

namespace smsctl::delivery {

namespace {

namespace twilio = providers::twilio;

/// How far the provider's clock and ours may be apart.
constexpr Millis clock_skew = std::chrono::hours(1);
constexpr Millis first_pause{500};
constexpr Millis longest_pause_between{5000};
/// Messages that are written together.
constexpr std::size_t news_at_once = 200;

} // namespace

/// One look: what it may still spend, and what it brought.
class BulkSettlement::Look {
public:
    Look(BulkSettlement& settlement,
         std::optional<Instant> until,
         const OnChange& on_change,
         const std::stop_token& stop)
        : m_scope(settlement.m_scope),
          m_client(settlement.m_client),
          m_clock(settlement.m_clock),
          m_until(until),
          m_on_change(on_change),
          m_stop(stop),
          m_news(m_scope, m_clock)
    {
    }

    void at(sms::BulkRequest& request);
    BulkLook result;

private:
    bool may_ask();
    template <typename Read>
    auto ask(const Read& read) -> std::optional<decltype(read())>;
    std::optional<twilio::BulkReadBack> read_back(const sms::BulkRequest& request);
    void take(sms::BulkRequest& request,
              const std::vector<sms::Message>& messages,
              twilio::BulkReadBack found);
    void adopt(sms::BulkRequest& request, const twilio::BulkReadBack& found);
    bool is_unaddressable(const sms::BulkRequest& request, const twilio::BulkMatch& match);
    void apply(const std::vector<sms::Message>& messages, const twilio::BulkMatch& match);
    void give_up(const std::vector<sms::Message>& messages, const twilio::BulkMatch& match);
    void write(std::vector<BulkNews::Item>& items);
    void end(sms::BulkRequest& request);

    store::Scope& m_scope;
    twilio::BulkClient& m_client;
    Clock& m_clock;
    const std::optional<Instant> m_until;
    const OnChange& m_on_change;
    const std::stop_token& m_stop;
    BulkNews m_news;
};

bool BulkSettlement::Look::may_ask()
{
    const bool late = m_until && m_clock.now() >= *m_until;
    result.stopped_early |= late || m_stop.stop_requested() || !m_client.has_request_left();
    return !result.stopped_early;
}

/// What `read` gives; nothing when it may not be asked, or not to its end.
template <typename Read>
auto BulkSettlement::Look::ask(const Read& read) -> std::optional<decltype(read())>
{
    if (!may_ask())
        return std::nullopt;
    try {
        return read();
    } catch (const Error& error) {
        if (error.code() != providers::no_request_left)
            throw;
        result.stopped_early = true;
        return std::nullopt;
    }
}

void BulkSettlement::Look::at(sms::BulkRequest& request)
{
    const std::vector<sms::Message> messages = store::BulkRequests(m_scope).messages(request);
    if (!std::all_of(messages.begin(), messages.end(), is_known) && may_ask()) {
        result.last_row = request.row;
        if (auto found = read_back(request))
            take(request, messages, *std::move(found));
    }
    end(request);
}

void BulkSettlement::Look::take(sms::BulkRequest& request,
                                const std::vector<sms::Message>& messages,
                                twilio::BulkReadBack found)
{
    adopt(request, found);
    std::stable_partition(
        found.messages.begin(), found.messages.end(), [&](const twilio::BulkMessage& one) {
            return one.operation_id == request.operation_id;
        });
    std::vector<twilio::BulkRow> rows;
    rows.reserve(messages.size());
    for (const sms::Message& message : messages)
        rows.push_back({message.to, {}});
    const bool is_whole = found.filter_honoured && !found.is_cut_off;
    result.stopped_early |= found.is_cut_off;
    const twilio::BulkMatch match = twilio::match_rows(rows, std::move(found.messages));
    apply(messages, match);
    if (is_whole && match.missing > 0 && is_unaddressable(request, match))
        give_up(messages, match);
}

/// By the tag; by the operation when the tag is not heeded.
std::optional<twilio::BulkReadBack> BulkSettlement::Look::read_back(const sms::BulkRequest& request)
{
    twilio::BulkQuery query{request.tag, {}, request.armed_at - clock_skew};
    const auto read = [&] { return m_client.read_back(query); };
    auto found = ask(read);
    if (!found || found->filter_honoured || request.operation_id.empty())
        return found;
    query.operation_id = request.operation_id;
    auto other = ask(read);
    if (other && (other->filter_honoured || other->messages.size() > found->messages.size()))
        return other;
    return found;
}

/// What was unknown is accepted once anything of it is found; a second operation is told of once.
void BulkSettlement::Look::adopt(sms::BulkRequest& request, const twilio::BulkReadBack& found)
{
    const sms::BulkRequest before = request;
    std::set<std::string> operations = found.operation_ids;
    if (request.operation_id.empty() && !operations.empty())
        request.operation_id = *operations.begin();
    if (!request.operation_id.empty())
        operations.insert(request.operation_id);
    if (!request.operation_id.empty())
        request.state = sms::BulkState::accepted;
    else if (!found.messages.empty())
        request.state = sms::BulkState::untracked;
    std::string what = fmt::format("found by its tag as {}", request.operation_id);
    if (operations.size() > 1) {
        what = fmt::format("carried out more than once, as {}", fmt::join(operations, " and "));
        result.repeats.push_back(
            fmt::format("request {} for {} messages was {}", request.tag, request.row_count, what));
        request.problem = what;
    } else if (before.state != request.state) {
        request.problem.clear();
    }
    if (before.state == request.state && before.problem == request.problem &&
        before.operation_id == request.operation_id)
        return;
    store::Transaction transaction = m_scope.begin();
    BulkRecorder(m_scope, m_clock).write(request, what);
    transaction.commit();
}

bool BulkSettlement::Look::is_unaddressable(const sms::BulkRequest& request,
                                            const twilio::BulkMatch& match)
{
    if (request.operation_id.empty())
        return false;
    const auto operation = ask([&] { return m_client.fetch_operation(request.operation_id); });
    return operation && *operation && twilio::are_unaddressable(match, **operation);
}

/// Every message is fetched on its own while that may be: only so it tells its provider id, and why
/// it failed.
void BulkSettlement::Look::apply(const std::vector<sms::Message>& messages,
                                 const twilio::BulkMatch& match)
{
    std::vector<BulkNews::Item> items;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        if (is_known(messages[i]) || !match.of_row[i])
            continue;
        ++result.checked;
        BulkNews::Item& item =
            items.emplace_back(BulkNews::Item{messages[i].row, *match.of_row[i]});
        auto whole = ask([&] { return m_client.fetch_message(item.news.id); });
        if (whole && *whole && (*whole)->to == messages[i].to)
            item.news = **std::move(whole);
        if (items.size() == news_at_once)
            write(items);
    }
    write(items);
}

void BulkSettlement::Look::give_up(const std::vector<sms::Message>& messages,
                                   const twilio::BulkMatch& match)
{
    std::vector<BulkNews::Changed> changed;
    store::Transaction transaction = m_scope.begin();
    for (std::size_t i = 0; i < messages.size(); ++i)
        if (!is_known(messages[i]) && !match.of_row[i])
            if (auto one = m_news.unaddressable(messages[i].row))
                changed.push_back(*std::move(one));
    transaction.commit();
    result.checked += static_cast<int>(changed.size());
    result.changed += static_cast<int>(changed.size());
    result.became_failures += static_cast<int>(changed.size());
    for (const BulkNews::Changed& one : changed)
        m_on_change(one.message, one.before);
}

void BulkSettlement::Look::write(std::vector<BulkNews::Item>& items)
{
    if (items.empty())
        return;
    std::vector<BulkNews::Changed> changed;
    store::Transaction transaction = m_scope.begin();
    for (const BulkNews::Item& item : items)
        if (auto one = m_news.apply(item))
            changed.push_back(*std::move(one));
    transaction.commit();
    items.clear();
    for (const BulkNews::Changed& one : changed) {
        ++result.changed;
        if (sms::is_failure(one.message.status))
            ++result.became_failures;
        m_on_change(one.message, one.before);
    }
}

/// Nothing is asked again about a request once all its messages are known.
void BulkSettlement::Look::end(sms::BulkRequest& request)
{
    const std::vector<sms::Message> messages = store::BulkRequests(m_scope).messages(request);
    const auto open = std::count_if(
        messages.begin(), messages.end(), [](const auto& message) { return !is_known(message); });
    result.open += static_cast<int>(open);
    if (open > 0)
        return;
    request.settled_at = m_clock.now();
    store::Transaction transaction = m_scope.begin();
    store::BulkRequests(m_scope).update(request);
    transaction.commit();
}

BulkSettlement::BulkSettlement(store::Scope& scope, twilio::BulkClient& client, Clock& clock)
    : m_scope(scope), m_client(client), m_clock(clock)
{
}

std::vector<sms::BulkRequest>
bulk_requests_to_ask_about(store::Scope& scope, const Clock& clock, std::int64_t batch_row)
{
    return store::BulkRequests(scope).open(batch_row, clock.now() - twilio::bulk_visible_for);
}

BulkLook BulkSettlement::look(std::vector<sms::BulkRequest> requests,
                              std::optional<Instant> until,
                              const OnChange& on_change,
                              const std::stop_token& stop)
{
    const int before = m_client.requests();
    Look look(*this, until, on_change, stop);
    for (sms::BulkRequest& request : requests)
        look.at(request);
    look.result.requests = m_client.requests() - before;
    return look.result;
}

BulkLook BulkSettlement::watch(std::int64_t batch_row,
                               std::optional<Instant> until,
                               const OnChange& on_change,
                               const std::stop_token& stop)
{
    BulkLook all;
    std::set<std::string> repeats;
    for (Millis pause = first_pause;; pause = std::min(2 * pause, longest_pause_between)) {
        std::vector<sms::BulkRequest> requests =
            bulk_requests_to_ask_about(m_scope, m_clock, batch_row);
        all.open = static_cast<int>(requests.size());
        if (requests.empty())
            break;
        try {
            BulkLook one = look(std::move(requests), until, on_change, stop);
            all.open = one.open;
            all.problem.clear();
            repeats.insert(one.repeats.begin(), one.repeats.end());
        } catch (const Error& error) {
            if (error.exit() == Exit::storage)
                throw;
            all.problem = error.what();
            if (error.exit() != Exit::unavailable)
                break;
        }
        if (all.open == 0 || stop.stop_requested() || !until || m_clock.now() + pause >= *until)
            break;
        m_clock.wait(pause, stop);
    }
    all.repeats.assign(repeats.begin(), repeats.end());
    return all;
}

} // namespace smsctl::delivery
