#include "sms/opt_out.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace smsctl::sms {

namespace {

struct Word {
    std::string_view text;
    Keyword keyword;
};

constexpr std::array words{Word{"stop", Keyword::stop},
                           Word{"stopall", Keyword::stop},
                           Word{"unsubscribe", Keyword::stop},
                           Word{"cancel", Keyword::stop},
                           Word{"end", Keyword::stop},
                           Word{"quit", Keyword::stop},
                           Word{"optout", Keyword::stop},
                           Word{"revoke", Keyword::stop},
                           Word{"start", Keyword::start},
                           Word{"yes", Keyword::start},
                           Word{"unstop", Keyword::start},
                           Word{"help", Keyword::help},
                           Word{"info", Keyword::help}};
constexpr std::size_t longest_word = std::string_view("unsubscribe").size();

} // namespace

Keyword keyword(std::string_view body)
{
    const std::string_view word = text::trim(body);
    if (word.size() > longest_word)
        return Keyword::none;
    const auto* const found = std::find_if(words.begin(), words.end(), [&](const Word& candidate) {
        return text::equal_ignoring_case(candidate.text, word);
    });
    return found == words.end() ? Keyword::none : found->keyword;
}

Keyword keyword_from_provider(std::string_view opt_out_type)
{
    const std::string type = text::lower(text::trim(opt_out_type));
    if (type == "stop")
        return Keyword::stop;
    if (type == "start")
        return Keyword::start;
    return type == "help" ? Keyword::help : Keyword::none;
}

} // namespace smsctl::sms
