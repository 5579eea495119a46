#include "reconcile/planner.hpp"

#include <algorithm>

namespace smsctl::reconcile {

bool pages_are_cheaper(std::size_t open, std::size_t expected)
{
    const std::size_t pages = std::max<std::size_t>(1, (expected + page_size - 1) / page_size);
    return open > 0 && pages <= open;
}

} // namespace smsctl::reconcile
