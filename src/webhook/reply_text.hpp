#pragma once

#include "templates/template.hpp"

#include <string>
#include <string_view>

namespace smsctl::webhook {

/// What a reply's text can be filled in with.
struct ReplyFields {
    std::string body; ///< empty for a picture alone
    std::string from;
    std::string keyword; ///< the rule's that the text met; empty where none did
    std::string name;    ///< the contact's; empty for one that nobody has named
    std::string to;      ///< our number; the Messaging Service where that alone is known
};

enum class HasKeyword { no, yes };

/// The text of a reply. Throws `usage.template` (2), or `usage.reply_field` (2) for a field that is
/// none of `ReplyFields`, and for one that may be empty and has no default: a person who writes
/// must not be the one to find out. `has_keyword`: only keywords lead to it.
templates::Template reply_template(std::string_view text, HasKeyword has_keyword);

/// Why `body` cannot be sent, one clause; empty when it can. `most_segments`: the workspace's.
std::string reply_problem(std::string_view body, int most_segments);

/// `text` filled in.
templates::Rendering fill_in(const templates::Template& text, const ReplyFields& fields);

} // namespace smsctl::webhook
