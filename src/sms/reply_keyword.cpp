#include "sms/reply_keyword.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

namespace smsctl::sms {

namespace {

constexpr std::string_view closing_marks = ".,;:!?";
/// More than any keyword has: of a longer text only the first word can be one.
constexpr std::size_t longest = 1024;
constexpr UChar32 replacement = 0xFFFD;

void append(std::string& out, UChar32 c)
{
    std::uint8_t bytes[U8_MAX_LENGTH]; // NOLINT: what ICU's macro fills
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, c); // NOLINT: ICU's macro
    out.append(bytes, bytes + length);  // NOLINT
}

std::string without_closing_marks(std::string folded)
{
    const std::size_t last = folded.find_last_not_of(closing_marks);
    if (last != std::string::npos) // marks alone stay: they may be a keyword
        folded.resize(last + 1);
    return folded;
}

} // namespace

std::string fold_keyword(std::string_view text)
{
    std::string folded;
    bool blank_before = false;
    const auto length = static_cast<std::int32_t>(std::min(text.size(), longest));
    for (std::int32_t at = 0; at < length;) {
        UChar32 c = 0;
        U8_NEXT(text.data(), at, length, c); // NOLINT: ICU's macro
        if (c < 0)
            c = replacement;
        if (u_isUWhiteSpace(c) != 0) {
            blank_before = !folded.empty();
            continue;
        }
        if (blank_before)
            folded += ' ';
        blank_before = false;
        append(folded, u_foldCase(c, U_FOLD_CASE_DEFAULT));
    }
    folded = without_closing_marks(std::move(folded));
    if (folded.ends_with(' '))
        folded.pop_back();
    return folded;
}

std::vector<std::string> keywords_of(std::string_view body)
{
    const std::string whole = fold_keyword(body);
    if (whole.empty())
        return {};
    const std::string first = without_closing_marks(whole.substr(0, whole.find(' ')));
    if (body.size() > longest)
        return {first};
    return first == whole ? std::vector{whole} : std::vector{whole, first};
}

} // namespace smsctl::sms
