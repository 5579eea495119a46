#pragma once

#include <string_view>

namespace smsctl::sms {

/// What a recipient asks for with a whole message of one word.
enum class Keyword { none, stop, start, help };

/// The keyword that `body` is, white space around it and ASCII case apart ("STOP PLEASE" is none).
/// Default words: Twilio, "Advanced Opt-Out"; see tests/vectors/optout.json.
Keyword keyword(std::string_view body);
/// The provider's own verdict (`OptOutType`: STOP, START, HELP); none when it says nothing we know.
Keyword keyword_from_provider(std::string_view opt_out_type);

} // namespace smsctl::sms
