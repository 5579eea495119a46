#pragma once

#include "core/clock.hpp"
#include "sms/number.hpp"
#include "store/scope.hpp"
#include "updates/difference.hpp"

#include <cstddef>
#include <vector>

namespace smsctl::updates {

/// One number on which the provider and the database do not agree.
struct NumberDifference {
    DifferenceKind kind = DifferenceKind::added;
    sms::Number number;                  ///< as it is afterwards
    std::vector<FieldDifference> fields; ///< empty unless `changed`
};

/// What comparing found. `active_count` is how many numbers there are afterwards.
struct NumberSync {
    std::vector<NumberDifference> differences;
    std::size_t active_count = 0;
};

/// The settings in which `after` differs from `before`, in the order of the record.
std::vector<FieldDifference> differences_between(const sms::Number& before,
                                                 const sms::Number& after);

/// What becomes of a number that the provider no longer lists: its conversations still name it.
enum class Vanished {
    kept,   ///< inactive
    pruned, ///< forgotten, also what was kept before
};

/// What makes the stored numbers those of `listed`, the provider's complete list. They are matched
/// by the provider's id; owner, previous webhook and id of ours are kept. Changes nothing.
NumberSync compare_numbers(store::Scope& scope,
                           std::vector<sms::Number> listed,
                           Instant now,
                           Vanished vanished = Vanished::kept);

/// The same, written in one transaction of its own. A second call with the same list finds
/// nothing.
NumberSync sync_numbers(store::Scope& scope,
                        std::vector<sms::Number> listed,
                        Instant now,
                        Vanished vanished = Vanished::kept);

} // namespace smsctl::updates
