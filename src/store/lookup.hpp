#pragma once

#include "sms/conversation.hpp"
#include "sms/number.hpp"
#include "store/scope.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// The other end that a reference names: a number in any spelling (at home in the workspace's
/// region), a short code, a contact's id or name. Throws `usage.number` (2) with the reason when it
/// is none of these, `usage.ambiguous` for a name of several.
std::string find_address(Scope& scope, std::string_view reference);

/// A number of ours: in any spelling, by "num_…", the provider's id or a prefix. Throws what
/// `Numbers::resolve` throws.
sms::Number find_number(Scope& scope, std::string_view reference);

/// The conversations that a reference names: one by "conv_…", the one a message is in, or all with
/// an address or contact. Never empty: throws not_found (3), or what `find_address` throws.
std::vector<sms::Conversation> find_conversations(Scope& scope, std::string_view reference);

} // namespace smsctl::store
