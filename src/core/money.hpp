#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl {

/// An amount in integer millionths of its currency (ISO 4217, upper case); never a float.
struct Money {
    std::int64_t micros = 0;
    std::string currency;
};

/// "0.0079", "-12.5", "0": at most six decimals, none that are only zeros.
std::string decimal(std::int64_t micros);
/// Reads a decimal text ("-0.00790"); nothing for anything else or more than six decimals of value.
std::optional<std::int64_t> parse_micros(std::string_view text);

} // namespace smsctl
