// Where a limit is too little for everything, each run lets another part go first, and what comes
// before its turn has half of what is left. So every part gets there in the end, however little the
// runs may ask.
#include "core/text.hpp"
#include "reconcile/run.hpp"
#include "store/leases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

namespace smsctl::reconcile {

namespace {

constexpr std::string_view turn_cursor = "reconcile.turn";

} // namespace

void Run::take_turn()
{
    if (m_options.max_requests == 0)
        return;
    const auto turn = text::to_integer(store::Cursors(m_scope).get(turn_cursor)).value_or(0);
    m_turn = static_cast<Part>(std::clamp<long long>(turn, 0, part_count - 1));
}

void Run::pass_turn()
{
    if (m_options.max_requests > 0 && m_summary.stopped_early && !m_options.dry_run)
        store::Cursors(m_scope).set(turn_cursor,
                                    fmt::to_string((static_cast<int>(m_turn) + 1) % part_count));
}

/// How many of the requests that are left `part` may make.
int Run::share_of(Part part) const
{
    if (m_options.max_requests == 0)
        return std::numeric_limits<int>::max();
    const int spent = m_summary.requests + (m_asker ? m_asker->requests() : 0);
    const int left = std::max(0, m_options.max_requests - spent);
    return m_turn == part ? left : left / 2;
}

} // namespace smsctl::reconcile
