#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sms {

/// `text` as keywords of replies are compared: without white space around it and `. , ; : ! ?`
/// at its end, white space within made one blank, case folded in every script. Meant for short
/// texts; bytes that are no UTF-8 become U+FFFD.
std::string fold_keyword(std::string_view text);

/// The keywords that `body` may be answered by, the better one first: its whole text, then its
/// first word. Both as `fold_keyword` writes them; empty for a text without words.
std::vector<std::string> keywords_of(std::string_view body);

} // namespace smsctl::sms
