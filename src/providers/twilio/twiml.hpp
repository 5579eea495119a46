#pragma once

#include <string>
#include <string_view>

namespace smsctl::providers::twilio {

/// The document that does nothing.
std::string empty_twiml();
/// The document that texts `body`, which must be UTF-8, to who wrote, from the number they wrote
/// to. What XML 1.0 cannot hold is left out. `status_callback`: URL for its statuses; empty: none.
std::string reply_twiml(std::string_view body, std::string_view status_callback);

} // namespace smsctl::providers::twilio
