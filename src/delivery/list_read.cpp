// The list, record by record: each is checked on its own and becomes a staged row, or a problem
// that names its line. What rows mean to one another is judged when all are there (list_plan.cpp).
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"
#include "delivery/checks.hpp"
#include "delivery/list_plan.hpp"
#include "phone/e164.hpp"
#include "providers/twilio/bulk_request.hpp"
#include "sms/quiet_hours.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace smsctl::delivery {

namespace {

namespace twilio = providers::twilio;

constexpr std::int64_t rows_between_reports = 2000;

templates::Problem
problem_of(const templates::Recipients& list, std::string code, const Error& error)
{
    return {.record = list.record(),
            .line = list.line(),
            .code = std::move(code),
            .message = error.what(),
            .hint = error.hint()};
}

templates::Problem problem(const templates::Recipients& list, std::string code, std::string message)
{
    return {.record = list.record(),
            .line = list.line(),
            .code = std::move(code),
            .message = std::move(message),
            .hint = {}};
}

/// URLs with blanks between them.
std::vector<std::string> urls_in(std::string_view text)
{
    std::vector<std::string> urls;
    while (!(text = text::trim(text)).empty()) {
        const std::size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
        urls.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return urls;
}

} // namespace

/// Where the columns are that a row is made of.
struct ListPlan::Columns {
    std::optional<std::size_t> body;
    std::optional<std::size_t> from;
    std::optional<std::size_t> media;
    std::optional<std::size_t> key;
    std::optional<std::size_t> time_zone;
    std::optional<std::size_t> at;
    std::vector<std::optional<std::size_t>> fields; ///< of the template, in its order
};

/// Finds the columns of an opened list; refuses a list that cannot give the text.
ListPlan::Columns ListPlan::columns_of(templates::Recipients& list) const
{
    Columns columns{.body = list.column(templates::Known::body),
                    .from = list.column(templates::Known::from),
                    .media = list.column(templates::Known::media),
                    .key = list.column(templates::Known::key),
                    .time_zone = list.column(templates::Known::tz),
                    .at = list.column(templates::Known::at),
                    .fields = {}};
    if (!m_options.text && !columns.body)
        throw usage_error("usage.no_body",
                          "the list has no column called body, and no text was given",
                          "give the text with --message or --template");
    if (m_options.text) {
        for (const templates::Field& field : m_options.text->fields()) {
            columns.fields.push_back(list.column(field.name));
            if (!columns.fields.back() && !field.default_text)
                throw usage_error(
                    "usage.missing_column",
                    fmt::format("the text uses {{{{{}}}}}, and the list has no such column",
                                field.name),
                    fmt::format("its columns are {}", fmt::join(list.columns(), ", ")));
        }
    }
    return columns;
}

ListEnd ListPlan::read(templates::Recipients& list,
                       const OnProblem& on_problem,
                       const OnProgress& on_progress,
                       const std::stop_token& stop)
{
    if (!list.open()) {
        on_problem(list.problem(), list);
        return ListEnd::broken;
    }
    const Columns columns = columns_of(list);
    for (std::int64_t rows = 1;; ++rows) {
        const templates::Step step = list.next();
        if (step == templates::Step::end)
            break;
        if (step != templates::Step::row) {
            on_problem(list.problem(), list);
            if (step == templates::Step::broken)
                return ListEnd::broken;
        } else if (const auto wrong = stage(list, columns)) {
            on_problem(*wrong, list);
        }
        if (rows % rows_between_reports == 0) {
            on_progress(rows);
            if (stop.stop_requested())
                return ListEnd::stopped;
        }
    }
    // Who stops us has mostly stopped the writer of a pipe too: its end is no end of the list.
    if (stop.stop_requested())
        return ListEnd::stopped;
    m_staging.flush();
    return ListEnd::whole;
}

/// Checks one record and adds it; what is wrong with it otherwise.
std::optional<templates::Problem> ListPlan::stage(templates::Recipients& list,
                                                  const Columns& columns)
{
    const std::string_view typed = text::trim(list.to());
    if (typed.empty())
        return problem(list, "missing_phone", "there is no recipient");
    const phone::AddressVerdict to = phone::recipient(typed, m_scope.workspace().region());
    if (!to.address)
        return problem(list, "invalid_phone", fmt::format("{} {}", typed, to.reason));
    Draft draft;
    m_row = {};
    m_row.record = static_cast<std::int64_t>(list.record());
    m_row.to = to.address->text;
    if (auto wrong = take_text(list, columns, draft))
        return wrong;
    if (auto wrong = take_options(list, columns))
        return wrong;
    draft.from = columns.from && !list.value(*columns.from).empty()
                     ? std::string(list.value(*columns.from))
                     : fmt::format("{}", fmt::join(m_batch.senders, ","));
    draft.media_urls = m_row.media_urls;
    if (draft.body.empty() && draft.media_urls.empty())
        return problem(list, "empty_body", "there is nothing to send: neither a text nor media");
    Verdict verdict;
    try {
        check_content(draft, m_scope.workspace().max_segments(), verdict);
    } catch (const Error& error) {
        return problem_of(list, error.code().substr(error.code().find('.') + 1), error);
    }
    if (auto wrong = check_way(list, verdict.message))
        return wrong;
    m_row.body = verdict.message.body;
    m_row.segments = verdict.message.segments;
    m_row.encoding = sms::name(verdict.segments.encoding);
    m_row.content_hash = content_hash_of(draft, m_row.to);
    if (m_has_quiet_hours)
        m_row.region = phone::region_of(m_row.to);
    m_staging.add(m_row);
    return std::nullopt;
}

/// What the bulk API cannot carry, when the list is to go that way.
std::optional<templates::Problem> ListPlan::check_way(const templates::Recipients& list,
                                                      const sms::Message& message) const
{
    if (m_options.via != sms::via_batch)
        return std::nullopt;
    std::string why;
    if (const std::string obstacle =
            m_row.sender.empty() ? std::string() : twilio::bulk_sender_obstacle(m_row.sender);
        !obstacle.empty())
        why = fmt::format("sender {} {}", m_row.sender, obstacle);
    else if (!m_row.media_urls.empty())
        why = "the row has media";
    else if (const std::string row = twilio::bulk_obstacle({m_row.to, message.body}); !row.empty())
        why = fmt::format("{} {}", m_row.to, row);
    if (why.empty())
        return std::nullopt;
    templates::Problem wrong =
        problem(list, "via_batch", why + "; only --via messages can send it");
    wrong.hint = "leave out --via batch, or the row";
    return wrong;
}

std::optional<templates::Problem>
ListPlan::take_text(const templates::Recipients& list, const Columns& columns, Draft& draft)
{
    if (!m_options.text) {
        draft.body = list.value(*columns.body);
        return std::nullopt;
    }
    m_values.clear();
    for (const auto& column : columns.fields)
        m_values.push_back(column ? list.value(*column) : std::string_view());
    const auto missing = m_options.text->render(m_values, m_text);
    if (!missing.empty())
        return problem(
            list,
            "missing_field",
            fmt::format("there is no value for {{{{{}}}}}", fmt::join(missing, "}}, {{")));
    draft.body = m_text;
    return std::nullopt;
}

std::optional<templates::Problem> ListPlan::take_options(const templates::Recipients& list,
                                                         const Columns& columns)
{
    const auto value = [&](const std::optional<std::size_t>& column) {
        return column ? text::trim(list.value(*column)) : std::string_view();
    };
    m_row.media_urls = urls_in(value(columns.media));
    m_row.key = value(columns.key);
    m_row.time_zone = value(columns.time_zone);
    m_row.due_at = m_options.scheduled_at;
    if (!m_row.time_zone.empty() && !sms::is_time_zone(m_row.time_zone))
        return problem(list, "invalid_time_zone", m_row.time_zone + " is no time zone");
    if (const auto at = value(columns.at); !at.empty()) {
        m_row.due_at = text::parse_time(at, m_clock.now(), text::DurationMeans::from_now);
        if (!m_row.due_at)
            return problem(list, "invalid_time", fmt::format("{} is no time", at));
        if (*m_row.due_at <= m_clock.now())
            m_row.due_at.reset();
    }
    const auto from = value(columns.from);
    if (from.empty()) {
        if (m_batch.senders.size() == 1) // else they are chosen once all rows are known
            m_row.sender = m_batch.senders.front();
        return std::nullopt;
    }
    auto owned = m_owned.find(from);
    if (owned == m_owned.end()) {
        const std::string sender(from);
        try {
            owned = m_owned
                        .emplace(sender,
                                 is_messaging_service(sender)
                                     ? sender
                                     : owned_sender(sender, m_scope.workspace(), m_numbers, false))
                        .first;
        } catch (const Error& error) {
            return problem_of(list, "invalid_sender", error);
        }
    }
    m_row.sender = owned->second;
    return std::nullopt;
}

} // namespace smsctl::delivery
