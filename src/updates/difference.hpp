#pragma once

#include "core/money.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::updates {

/// One setting or field that differs, before and after, as text; an empty text is "not set".
struct FieldDifference {
    std::string_view field; ///< the record's name for it: "friendly_name", "capabilities.sms"
    std::string from;
    std::string to;
};

enum class DifferenceKind {
    added, ///< new here, or listed again after it had vanished
    changed,
    removed, ///< the provider no longer lists it
};
std::string_view word(DifferenceKind kind);

/// One message or call on which the provider and the database did not agree.
struct Difference {
    DifferenceKind kind = DifferenceKind::added;
    std::string id;                      ///< ours
    std::string address;                 ///< the other end
    std::string provider_id;             ///< theirs
    std::vector<FieldDifference> fields; ///< empty unless `changed`
};

/// Adds `field` to `fields` where the two texts differ.
void compare(std::vector<FieldDifference>& fields,
             std::string_view field,
             const std::string& from,
             const std::string& to);
/// "0.0079 USD"; empty where there is none.
std::string price_text(const std::optional<Money>& price);

} // namespace smsctl::updates
