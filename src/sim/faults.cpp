#include "sim/faults.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace smsctl::sim {

namespace {

constexpr std::int64_t always = 10'000; // hundredths of a percent

constexpr std::array<FaultName, 18> names{{
    {"refuse_429", FaultKind::refuse_429, "429 with 20429, nothing done."},
    {"queue_full",
     FaultKind::queue_full,
     "429 with 21611, nothing done: the sender's queue is full."},
    {"opted_out", FaultKind::opted_out, "400 with 21610, nothing done: the recipient said STOP."},
    {"error_500_before", FaultKind::error_500_before, "500, nothing done."},
    {"error_500_after", FaultKind::error_500_after, "500 although it was done."},
    {"html_503", FaultKind::html_503, "503 with a proxy's page, nothing done."},
    {"reset_before", FaultKind::reset_before, "The connection is reset, nothing done."},
    {"reset_after", FaultKind::reset_after, "The connection is reset although it was done."},
    {"close_before", FaultKind::close_before, "The connection is closed, nothing done."},
    {"close_after", FaultKind::close_after, "The connection is closed although it was done."},
    {"hang", FaultKind::hang, "Done, and never answered."},
    {"truncate", FaultKind::truncate, "Done, and answered with half the JSON."},
    {"error_503_before", FaultKind::error_503_before, "503 with 20503, nothing done."},
    {"error_503_after", FaultKind::error_503_after, "503 with 20503 although it was done."},
    {"empty_body", FaultKind::empty_body, "Done, and answered with headers alone."},
    {"empty_answer",
     FaultKind::empty_answer,
     "Done, and answered with a status that has nothing with it."},
    {"late", FaultKind::late, "For bulk_read: what was done cannot be seen yet."},
    {"ignore_filters",
     FaultKind::ignore_filters,
     "For bulk_read: everything of the account is listed."},
}};

constexpr std::array<FaultField, 9> fields{{
    {"scope",
     "create (usual), or read for GET requests; bulk and bulk_read for Twilio's bulk API."},
    {"count", "How many requests; usually 1, with percent or above without end."},
    {"skip", "How many pass first."},
    {"percent",
     "So many of a hundred, by chance; with the same --seed the same in order of arrival."},
    {"from", "Only this sender's, a number or a Messaging Service."},
    {"to", "Only this recipient's."},
    {"kept", "true: only on a connection that has answered before."},
    {"above", "Only while more requests than this are in flight (give --latency)."},
    {"retry_after", "Seconds for the header Retry-After."},
}};

constexpr std::array<std::string_view, 4> scope_words{"create", "read", "bulk", "bulk_read"};

std::optional<FaultScope> parse_scope(std::string_view word)
{
    const auto* const found = std::find(scope_words.begin(), scope_words.end(), word);
    if (found == scope_words.end())
        return std::nullopt;
    return static_cast<FaultScope>(found - scope_words.begin());
}

/// A count in the form; `usual` when it is not there, nothing when it is no count.
std::optional<std::int64_t> count(const http::Form& form, std::string_view name, std::int64_t usual)
{
    const std::string_view text = http::first(form, name);
    if (text.empty())
        return usual;
    const auto number = text::to_integer(text);
    return number && *number >= 0 ? number : std::nullopt;
}

/// "2" or "0.25" as hundredths; nothing unless it is a percentage.
std::optional<std::int64_t> hundredths(std::string_view text)
{
    double percent = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, percent);
    if (problem != std::errc() || stopped != end || !(percent >= 0 && percent <= 100))
        return std::nullopt;
    return std::llround(percent * 100);
}

/// A `+` that was typed into a form as it is arrives as a blank.
std::string number(const http::Form& form, std::string_view name)
{
    std::string text(http::first(form, name));
    if (text.starts_with(' '))
        text.front() = '+';
    return text;
}

/// Reads what the form says beside the kind, or returns why it makes no sense.
std::string read(const http::Form& form, Fault& fault)
{
    const std::string_view scope_word = http::first(form, "scope");
    const std::string_view kept = http::first(form, "kept");
    const std::string_view percent = http::first(form, "percent");
    const auto scope = scope_word.empty() ? FaultScope::create : parse_scope(scope_word);
    if (!scope)
        return fmt::format("scope '{}' is not one of create, read, bulk, bulk_read", scope_word);
    const bool is_for_lists =
        fault.kind == FaultKind::late || fault.kind == FaultKind::ignore_filters;
    if (is_for_lists && scope != FaultScope::bulk_read)
        return fmt::format("kind '{}' is for scope=bulk_read", name(fault.kind));
    if (!kept.empty() && kept != "true" && kept != "false")
        return fmt::format("kept '{}' is neither true nor false", kept);
    const auto times = count(form, "count", 1);
    const auto skip = count(form, "skip", 0);
    const auto above = count(form, "above", 0);
    if (!times || !skip || !above)
        return "count, skip and above must be whole numbers";
    const auto share = percent.empty() ? always : hundredths(percent);
    if (!share)
        return fmt::format("percent '{}' is no number from 0 to 100", percent);
    fault.scope = *scope;
    fault.from = number(form, "from");
    fault.to = number(form, "to");
    fault.kept = kept == "true";
    fault.above = *above;
    fault.skip = *skip;
    fault.hundredths = *share;
    // What strikes by chance or only under load goes on until it is told to end.
    const bool endless = http::first(form, "count").empty() && (!percent.empty() || *above > 0);
    fault.count = endless ? std::nullopt : times;
    fault.retry_after = http::first(form, "retry_after");
    return {};
}

} // namespace

std::span<const FaultName> fault_names()
{
    return names;
}

std::span<const FaultField> fault_fields()
{
    return fields;
}

std::string_view name(FaultKind kind)
{
    return std::find_if(
               names.begin(), names.end(), [&](const FaultName& row) { return row.kind == kind; })
        ->name;
}

std::string_view word(FaultScope scope)
{
    return scope_words[static_cast<std::size_t>(scope)];
}

bool is_carried_out(FaultKind kind)
{
    switch (kind) {
    case FaultKind::refuse_429:
    case FaultKind::queue_full:
    case FaultKind::opted_out:
    case FaultKind::error_500_before:
    case FaultKind::error_503_before:
    case FaultKind::html_503:
    case FaultKind::reset_before:
    case FaultKind::close_before:
        return false;
    default:
        return true;
    }
}

std::optional<Problem> problem_of(FaultKind kind)
{
    switch (kind) {
    case FaultKind::refuse_429:
        return Problem{429, 20429, "Too Many Requests", {}};
    case FaultKind::queue_full:
        return queue_is_full();
    case FaultKind::opted_out:
        return recipient_opted_out();
    case FaultKind::error_500_before:
    case FaultKind::error_500_after:
        return Problem{500, 20500, "Internal Server Error", {}};
    case FaultKind::error_503_before:
    case FaultKind::error_503_after:
        return Problem{503, 20503, "Service Unavailable", {}};
    default:
        return std::nullopt;
    }
}

bool Fault::concerns(const Occasion& occasion) const
{
    return scope == occasion.scope && (from.empty() || from == occasion.from) &&
           (to.empty() || to == occasion.to) && (!kept || occasion.on_kept_connection) &&
           (above == 0 || occasion.in_flight > above);
}

std::string Faults::add(const http::Form& form)
{
    const std::string_view kind = http::first(form, "kind");
    if (kind == "none") {
        m_faults.clear();
        return {};
    }
    const auto* found = std::find_if(
        names.begin(), names.end(), [&](const FaultName& row) { return row.name == kind; });
    if (found == names.end())
        return fmt::format("kind '{}' is unknown", kind);
    Fault fault;
    fault.kind = found->kind;
    std::string problem = read(form, fault);
    if (!problem.empty())
        return problem;
    fault.chance.seed(m_seed + m_added);
    ++m_added;
    if (fault.count != 0)
        m_faults.push_back(std::move(fault));
    return {};
}

std::optional<Fault> Faults::take(const Occasion& occasion)
{
    for (auto fault = m_faults.begin(); fault != m_faults.end(); ++fault) {
        if (!fault->concerns(occasion))
            continue;
        if (fault->skip > 0) {
            --fault->skip;
            return std::nullopt;
        }
        if (static_cast<std::int64_t>(fault->chance() % always) >= fault->hundredths)
            continue;
        ++m_hits[name(fault->kind)];
        Fault taken = *fault;
        if (fault->count && --*fault->count == 0)
            m_faults.erase(fault);
        return taken;
    }
    return std::nullopt;
}

http::ServerResponse disturbed(const Fault& fault, http::ServerResponse real)
{
    http::ServerResponse response;
    if (const auto problem = problem_of(fault.kind))
        response = answer(*problem);
    switch (fault.kind) {
    case FaultKind::html_503:
        response.status = 503;
        response.headers.emplace_back("Content-Type", "text/html");
        response.body = "<html><body><h1>503 Service Unavailable</h1></body></html>\n";
        break;
    case FaultKind::reset_before:
    case FaultKind::reset_after:
    case FaultKind::hang: // for when it is let go in the end
        response.hang_up = http::HangUp::reset;
        break;
    case FaultKind::close_before:
    case FaultKind::close_after:
        response.hang_up = http::HangUp::close;
        break;
    case FaultKind::truncate:
        response = std::move(real);
        response.body.resize(response.body.size() / 2);
        break;
    case FaultKind::empty_body:
        response = std::move(real);
        response.body.clear();
        break;
    case FaultKind::empty_answer:
        response.status = real.status;
        break;
    case FaultKind::late:
    case FaultKind::ignore_filters:
        response = std::move(real);
        break;
    default:
        break; // the refusal above
    }
    if (!fault.retry_after.empty())
        response.headers.emplace_back("Retry-After", fault.retry_after);
    return response;
}

} // namespace smsctl::sim
