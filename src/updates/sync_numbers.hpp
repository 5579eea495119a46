#pragma once

#include "core/clock.hpp"
#include "sms/number.hpp"
#include "store/scope.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::updates {

/// One setting of a number that differs, before and after, as text; an empty text is "not set".
struct FieldDifference {
    std::string_view field; ///< the record's name for it: "friendly_name", "capabilities.sms"
    std::string from;
    std::string to;
};

enum class DifferenceKind {
    added, ///< new here, or listed again after it had vanished
    changed,
    removed, ///< the provider no longer lists it; the row stays, inactive
};
std::string_view word(DifferenceKind kind);

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

/// What makes the stored numbers those of `listed`, the provider's complete list. They are matched
/// by the provider's id; owner, previous webhook and id of ours are kept. Changes nothing.
NumberSync compare_numbers(store::Scope& scope, std::vector<sms::Number> listed, Instant now);

/// The same, written in one transaction of its own. A second call with the same list finds
/// nothing.
NumberSync sync_numbers(store::Scope& scope, std::vector<sms::Number> listed, Instant now);

} // namespace smsctl::updates
