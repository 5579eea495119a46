#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace smsctl::output {

/// JSON text whose C1, bidi and other invisible characters are \u escapes: the same document,
/// harmless on a terminal.
std::string visible_json(std::string_view json);
/// Columns that a terminal needs for `text` (valid UTF-8): wide East Asian characters and emoji
/// take two, combining marks none.
std::size_t display_width(std::string_view text);
/// `text` cut to `width` columns, the last of them "…" when something was cut.
std::string cut_to_width(std::string_view text, std::size_t width);

} // namespace smsctl::output
