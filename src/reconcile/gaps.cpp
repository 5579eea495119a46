#include "reconcile/gaps.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl::reconcile {

void Gaps::add(const Span& span)
{
    if (span.from >= span.to)
        return;
    Span whole = span;
    std::vector<Span> others;
    for (const Span& each : m_spans) {
        if (each.to < whole.from || each.from > whole.to)
            others.push_back(each);
        else
            whole = {std::min(whole.from, each.from), std::max(whole.to, each.to)};
    }
    others.push_back(whole);
    std::sort(others.begin(), others.end(), [](const Span& left, const Span& right) {
        return left.from < right.from;
    });
    m_spans = std::move(others);
}

void Gaps::subtract(const Span& span)
{
    std::vector<Span> left;
    for (const Span& each : m_spans) {
        if (each.from < std::min(each.to, span.from))
            left.push_back({each.from, std::min(each.to, span.from)});
        if (std::max(each.from, span.to) < each.to)
            left.push_back({std::max(each.from, span.to), each.to});
    }
    // One that lies on both sides of nothing was split by an empty span.
    m_spans.clear();
    for (const Span& each : left)
        add(each);
}

bool Gaps::contains(Instant at) const
{
    return std::any_of(m_spans.begin(), m_spans.end(), [at](const Span& span) {
        return span.from <= at && at <= span.to;
    });
}

std::string Gaps::text() const
{
    std::string text;
    for (const Span& span : m_spans)
        text += fmt::format(
            "{}{}/{}", text.empty() ? "" : ",", text::rfc3339(span.from), text::rfc3339(span.to));
    return text;
}

Gaps Gaps::parse(std::string_view text)
{
    Gaps gaps;
    for (const std::string_view part : text::split(text, ',')) {
        const auto ends = text::split(part, '/');
        if (ends.size() != 2)
            continue;
        const auto from = text::parse_rfc3339(ends[0]);
        const auto to = text::parse_rfc3339(ends[1]);
        if (from && to)
            gaps.add({*from, *to});
    }
    return gaps;
}

} // namespace smsctl::reconcile
