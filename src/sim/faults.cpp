#include "sim/faults.hpp"

#include "core/text.hpp"
#include "sim/answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smsctl::sim {

namespace {

constexpr std::array<FaultName, 8> names{{
    {"refuse_429", FaultKind::refuse_429, "429, nothing done"},
    {"error_500_before", FaultKind::error_500_before, "500, nothing done"},
    {"error_500_after", FaultKind::error_500_after, "500 although it was done"},
    {"html_503", FaultKind::html_503, "503 with a proxy's page, nothing done"},
    {"reset_before", FaultKind::reset_before, "connection reset, nothing done"},
    {"reset_after", FaultKind::reset_after, "connection reset although it was done"},
    {"hang", FaultKind::hang, "done, and never answered"},
    {"truncate", FaultKind::truncate, "done, and half the JSON"},
}};

/// A count in the form; `usual` when it is not there, nothing when it is no count.
std::optional<std::int64_t> count(const http::Form& form, std::string_view name, std::int64_t usual)
{
    const std::string_view text = http::first(form, name);
    if (text.empty())
        return usual;
    const auto number = text::to_integer(text);
    return number && *number >= 0 ? number : std::nullopt;
}

} // namespace

std::span<const FaultName> fault_names()
{
    return names;
}

std::string_view name(FaultKind kind)
{
    return std::find_if(
               names.begin(), names.end(), [&](const FaultName& row) { return row.kind == kind; })
        ->name;
}

bool is_carried_out(FaultKind kind)
{
    return kind == FaultKind::error_500_after || kind == FaultKind::reset_after ||
           kind == FaultKind::hang || kind == FaultKind::truncate;
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
    const std::string_view scope = http::first(form, "scope");
    const auto times = count(form, "count", 1);
    const auto skip = count(form, "skip", 0);
    if (found == names.end())
        return fmt::format("kind '{}' is unknown", kind);
    if (!scope.empty() && scope != "create" && scope != "read")
        return fmt::format("scope '{}' is neither create nor read", scope);
    if (!times || !skip)
        return "count and skip must be whole numbers";
    m_faults.push_back({found->kind,
                        scope == "read" ? FaultScope::read : FaultScope::create,
                        *times,
                        *skip,
                        std::string(http::first(form, "retry_after"))});
    return {};
}

std::optional<Fault> Faults::take(FaultScope scope)
{
    std::erase_if(m_faults, [](const Fault& fault) { return fault.count == 0; });
    const auto fault = std::find_if(
        m_faults.begin(), m_faults.end(), [&](const Fault& each) { return each.scope == scope; });
    if (fault == m_faults.end())
        return std::nullopt;
    if (fault->skip > 0) {
        --fault->skip;
        return std::nullopt;
    }
    --fault->count;
    return *fault;
}

http::ServerResponse disturbed(const Fault& fault, http::ServerResponse real)
{
    http::ServerResponse response;
    switch (fault.kind) {
    case FaultKind::refuse_429:
        response = answer(Problem{429, 20429, "Too Many Requests", {}});
        break;
    case FaultKind::error_500_before:
    case FaultKind::error_500_after:
        response = answer(Problem{500, 20500, "Internal Server Error", {}});
        break;
    case FaultKind::html_503:
        response.status = 503;
        response.headers.emplace_back("Content-Type", "text/html");
        response.body = "<html><body><h1>503 Service Unavailable</h1></body></html>\n";
        break;
    case FaultKind::reset_before:
    case FaultKind::reset_after:
    case FaultKind::hang:
        response.hang_up = http::HangUp::reset;
        break;
    case FaultKind::truncate:
        response = std::move(real);
        response.body.resize(response.body.size() / 2);
        break;
    }
    if (!fault.retry_after.empty())
        response.headers.emplace_back("Retry-After", fault.retry_after);
    return response;
}

} // namespace smsctl::sim
