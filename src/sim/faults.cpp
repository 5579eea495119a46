#include "sim/faults.hpp"

#include "core/time_text.hpp"
#include "sim/fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace smsctl::sim {

namespace {

constexpr Millis usual_delay = std::chrono::seconds(2);

constexpr std::array<FaultName, 26> names{{
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
    {"refuse_401", FaultKind::refuse_401, "401 with 20003, nothing done."},
    {"slow", FaultKind::slow, "Done, and answered only after delay."},
    {"extra_field", FaultKind::extra_field, "Done, and answered with fields that nobody knows."},
    {"unknown_status",
     FaultKind::unknown_status,
     "Done, and answered with a status that nobody knows."},
    {"late", FaultKind::late, "For bulk_read: what was done cannot be seen yet."},
    {"ignore_filters",
     FaultKind::ignore_filters,
     "For bulk_read: everything of the account is listed."},
    {"lost", FaultKind::lost, "A callback or webhook is never made."},
    {"duplicate", FaultKind::duplicate, "A callback or webhook is made twice."},
    {"delay", FaultKind::delay, "A callback or webhook is made only after delay."},
    {"reorder",
     FaultKind::reorder,
     "A callback is made after the one that follows it, of the same message."},
}};

constexpr std::array<FaultField, 12> fields{{
    {"kind", "What goes wrong, as above."},
    {"scope",
     "create (usual), or read for GET requests; bulk and bulk_read for Twilio's bulk API; callback "
     "(usual for the kinds that say so) for what the simulator calls."},
    {"count", "How many; usually 1, with percent or above without end."},
    {"skip", "How many pass first."},
    {"percent",
     "So many of a hundred, by chance; with the same --seed the same in order of arrival."},
    {"from", "Only this sender's, a number or a Messaging Service."},
    {"to", "Only this recipient's."},
    {"kept", "true: only on a connection that has answered before."},
    {"above", "Only while more requests than this are in flight (give --latency)."},
    {"retry_after", "Seconds for the header Retry-After."},
    {"delay", "How long, for slow and delay: 500ms, 3s (usually 2s); shorter under --speed."},
    {"event", "Only callbacks of this status, such as sent, or inbound for webhooks."},
}};

constexpr std::array<std::string_view, 5> scope_words{
    "create", "read", "bulk", "bulk_read", "callback"};

std::optional<FaultScope> parse_scope(std::string_view word)
{
    const auto* const found = std::find(scope_words.begin(), scope_words.end(), word);
    if (found == scope_words.end())
        return std::nullopt;
    return static_cast<FaultScope>(found - scope_words.begin());
}

bool is_for_lists(FaultKind kind)
{
    return kind == FaultKind::late || kind == FaultKind::ignore_filters;
}

bool is_for_callbacks(FaultKind kind)
{
    return kind == FaultKind::lost || kind == FaultKind::duplicate || kind == FaultKind::delay ||
           kind == FaultKind::reorder;
}

/// Which requests the fault is for, or why it cannot be for those.
std::string read_scope(const http::Form& form, Fault& fault)
{
    const std::string_view word = http::first(form, "scope");
    const bool for_callbacks = is_for_callbacks(fault.kind);
    const auto usual = for_callbacks ? FaultScope::callback : FaultScope::create;
    const auto scope = word.empty() ? usual : parse_scope(word);
    if (!scope)
        return fmt::format("scope '{}' is not one of {}", word, fmt::join(scope_words, ", "));
    if (is_for_lists(fault.kind) && scope != FaultScope::bulk_read)
        return fmt::format("kind '{}' is for scope=bulk_read", name(fault.kind));
    if (for_callbacks != (scope == FaultScope::callback))
        return fmt::format(
            "kind '{}' is {} scope=callback", name(fault.kind), for_callbacks ? "for" : "not for");
    fault.scope = *scope;
    return {};
}

/// Reads what the form says beside the kind, or returns why it makes no sense.
std::string read(const http::Form& form, Fault& fault)
{
    if (std::string problem = read_scope(form, fault); !problem.empty())
        return problem;
    if (std::string problem = read_aim(form, fault.aim); !problem.empty())
        return problem;
    const std::string_view kept = http::first(form, "kept");
    if (!kept.empty() && kept != "true" && kept != "false")
        return fmt::format("kept '{}' is neither true nor false", kept);
    const auto above = count_field(form, "above", 0);
    if (!above)
        return "above must be a whole number";
    const std::string_view length = http::first(form, "delay");
    const auto delay = length.empty() ? usual_delay : text::parse_duration(length);
    if (!delay || *delay < Millis(0))
        return fmt::format("delay '{}' is no duration such as 2s", length);
    fault.kept = kept == "true";
    fault.above = *above;
    fault.event = http::first(form, "event");
    fault.length = *delay;
    // What strikes by chance or only under load goes on until it is told to end.
    if (!fault.aim.count && http::first(form, "percent").empty() && *above == 0)
        fault.aim.count = 1;
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

bool Fault::concerns(const Occasion& occasion) const
{
    return scope == occasion.scope && aim.concerns(occasion.from, occasion.to) &&
           (!kept || occasion.on_kept_connection) && (above == 0 || occasion.in_flight > above) &&
           (event.empty() || event == occasion.event);
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
    if (std::string problem = unknown_field(form, fields); !problem.empty())
        return problem;
    Fault fault;
    fault.kind = found->kind;
    if (std::string problem = read(form, fault); !problem.empty())
        return problem;
    fault.aim.chance.seed(m_seed + m_added);
    ++m_added;
    if (!fault.aim.is_used_up())
        m_faults.push_back(std::move(fault));
    return {};
}

std::optional<Fault> Faults::take(const Occasion& occasion)
{
    for (auto fault = m_faults.begin(); fault != m_faults.end(); ++fault) {
        if (!fault->concerns(occasion))
            continue;
        const Aim::Shot shot = fault->aim.shoot();
        if (shot == Aim::Shot::pass)
            return std::nullopt;
        if (shot == Aim::Shot::miss)
            continue;
        ++m_hits[name(fault->kind)];
        Fault taken = *fault;
        if (fault->aim.is_used_up())
            m_faults.erase(fault);
        return taken;
    }
    return std::nullopt;
}

} // namespace smsctl::sim
