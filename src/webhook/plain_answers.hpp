#pragma once

#include "http/server.hpp"

#include <string_view>

namespace smsctl::webhook {

/// An answer of one line of text. Only refusals are plain text: a 200 that is would be texted back
/// to the sender.
http::ServerResponse plain_answer(int status, std::string_view words);

/// What a stranger may know about a request that was refused with `status`.
http::ServerResponse refusal(int status);

} // namespace smsctl::webhook
