#include "reconcile/wanted.hpp"

#include <algorithm>
#include <utility>

namespace smsctl::reconcile {

void Wanted::add(std::int64_t row, Instant at, std::optional<Instant> asked_at)
{
    m_all.push_back({row, at, asked_at.value_or(Instant::min())});
}

void Wanted::seal()
{
    std::sort(m_all.begin(), m_all.end(), [](const One& left, const One& right) {
        return left.row < right.row;
    });
    m_all.erase(
        std::unique(m_all.begin(),
                    m_all.end(),
                    [](const One& left, const One& right) { return left.row == right.row; }),
        m_all.end());
    m_left = m_all.size();
}

bool Wanted::answered(std::int64_t row)
{
    const auto one =
        std::lower_bound(m_all.begin(), m_all.end(), row, [](const One& each, std::int64_t wanted) {
            return each.row < wanted;
        });
    if (one == m_all.end() || one->row != row || one->is_answered)
        return false;
    one->is_answered = true;
    --m_left;
    return true;
}

std::size_t Wanted::left_in(const Span& span) const
{
    return static_cast<std::size_t>(
        std::count_if(m_all.begin(), m_all.end(), [&span](const One& one) {
            return !one.is_answered && span.from <= one.at && one.at <= span.to;
        }));
}

std::vector<Instant> Wanted::dates_left() const
{
    return dates_left_in({Instant::min(), Instant::max()});
}

std::vector<Instant> Wanted::dates_left_in(const Span& span) const
{
    std::vector<Instant> dates;
    for (const One& one : m_all)
        if (!one.is_answered && span.from <= one.at && one.at <= span.to)
            dates.push_back(one.at);
    std::sort(dates.begin(), dates.end());
    return dates;
}

std::vector<std::int64_t> Wanted::rows_left() const
{
    std::vector<std::pair<Instant, std::int64_t>> left;
    for (const One& one : m_all)
        if (!one.is_answered)
            left.emplace_back(one.asked_at, one.row);
    std::sort(left.begin(), left.end());
    std::vector<std::int64_t> rows;
    rows.reserve(left.size());
    for (const auto& [asked_at, row] : left)
        rows.push_back(row);
    return rows;
}

} // namespace smsctl::reconcile
