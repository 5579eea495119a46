#pragma once

#include "http/form.hpp"
#include "webhook/trigger.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl::webhook {

/// A type as it was typed: "status.failed:30003" in its parts.
struct TypeName {
    std::string_view kind;  ///< "inbound", "status" or "flow"
    std::string_view what;  ///< "mms", "failed"
    std::string error_code; ///< "30003"; empty without
};

/// Whether `type` begins with the name of a type, whatever its error code.
bool is_type(std::string_view type);
/// Throws `usage.trigger_type` with the nearest name for what is no type.
TypeName parse_type(std::string_view type);
/// Throws `usage.trigger_field`, listing the names there are, for a field that no webhook of this
/// kind has.
void check_fields(std::string_view kind, const http::Form& changes);

} // namespace smsctl::webhook
