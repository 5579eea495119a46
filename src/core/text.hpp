#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::text {

/// Whether `bytes` is UTF-8 without overlong forms, surrogates or values past U+10FFFF.
bool is_utf8(std::string_view bytes);
/// `bytes` with every ill-formed sequence replaced by U+FFFD.
std::string to_utf8(std::string_view bytes);
/// Without ASCII white space around it.
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);                                ///< ASCII only
std::string upper(std::string_view text);                                ///< ASCII only
bool equal_ignoring_case(std::string_view left, std::string_view right); ///< ASCII only
std::vector<std::string_view> split(std::string_view text, char separator);
/// The whole text as a decimal number; nothing else around it.
std::optional<long long> to_integer(std::string_view text);
/// The length of valid UTF-8 in UTF-16 units, as providers count characters.
std::size_t utf16_units(std::string_view text);
/// How many insertions, deletions, replacements and swaps of neighbours make `left` into `right`.
std::size_t edit_distance(std::string_view left, std::string_view right);

/// As one word of a POSIX shell, in quotes.
std::string shell_quoted(std::string_view text);

} // namespace smsctl::text
