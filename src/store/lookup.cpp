#include "store/lookup.hpp"

#include "core/error.hpp"
#include "phone/e164.hpp"
#include "store/conversations.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace smsctl::store {

namespace {

constexpr std::string_view inbox_hint = "smsctl inbox lists the conversations";

/// A message of ours or the provider's: their ids begin with a word no number begins with.
bool looks_like_message(std::string_view reference)
{
    return reference.starts_with("msg_") || reference.starts_with("SM") ||
           reference.starts_with("MM");
}

std::vector<sms::Conversation> holding_message(Scope& scope, std::string_view reference)
{
    const sms::Message message = Messages(scope).resolve(reference);
    auto conversation = Conversations(scope).by_row(message.conversation_row);
    if (!conversation)
        throw not_found_error("conversation of", reference, std::string(inbox_hint));
    return {std::move(*conversation)};
}

} // namespace

std::string find_address(Scope& scope, std::string_view reference)
{
    const std::string region = scope.workspace().region();
    const phone::AddressVerdict as_number = phone::recipient(reference, region);
    if (as_number.address)
        return as_number.address->text;
    if (const auto contact = Contacts(scope).find(reference))
        return contact->address;
    const phone::AddressVerdict as_sender = phone::sender(reference, region);
    if (as_sender.address && as_sender.address->kind == phone::AddressKind::short_code)
        return as_sender.address->text;
    throw usage_error("usage.number",
                      fmt::format("'{}' {}", reference, as_number.reason),
                      "give a number like +14155550100, or a contact's name");
}

sms::Number find_number(Scope& scope, std::string_view reference)
{
    const phone::AddressVerdict verdict = phone::sender(reference, scope.workspace().region());
    if (verdict.address)
        if (auto number = Numbers(scope).by_address(verdict.address->text))
            return std::move(*number);
    return Numbers(scope).resolve(reference);
}

std::vector<sms::Conversation> find_conversations(Scope& scope, std::string_view reference)
{
    Conversations conversations(scope);
    if (reference.starts_with("conv_"))
        return {conversations.resolve(reference)};
    if (looks_like_message(reference))
        return holding_message(scope, reference);
    auto found = conversations.with(find_address(scope, reference));
    if (found.empty())
        throw not_found_error("conversation with", reference, std::string(inbox_hint));
    return found;
}

} // namespace smsctl::store
