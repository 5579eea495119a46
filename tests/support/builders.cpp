#include "support/builders.hpp"

#include "core/crypto.hpp"
#include "core/id.hpp"

namespace smsctl::test {

namespace {

/// `prefix` and 32 hexadecimal digits, the same for the same text.
std::string sid(const std::string& prefix, const std::string& text)
{
    return prefix + crypto::hex(crypto::sha256(text)).substr(0, 32);
}

store::OpenOptions options(const std::string& path)
{
    store::OpenOptions made;
    made.location = path;
    return made;
}

} // namespace

Workspace make_workspace(const std::string& name)
{
    Workspace workspace;
    workspace.name = name;
    workspace.provider = "twilio";
    workspace.account_id = sid("AC", name);
    return workspace;
}

sms::Number make_number(const std::string& address)
{
    sms::Number number;
    number.id = new_id("num", noon);
    number.address = address;
    number.provider_id = sid("PN", address);
    number.friendly_name = "Support";
    number.capabilities = {.sms = true, .mms = true, .voice = true};
    number.webhook_method = "POST";
    number.created_at = noon;
    number.updated_at = noon;
    return number;
}

sms::Message make_message(const std::string& body)
{
    sms::Message message;
    message.id = new_id("msg", noon);
    message.from = our_number;
    message.to = their_number;
    message.body = body;
    message.segments = 1;
    message.encoding = sms::Encoding::gsm7;
    message.status_at = noon;
    message.content_hash = crypto::hex(crypto::sha256(body));
    message.provider = "twilio";
    message.created_at = noon;
    return message;
}

sms::Message store_message(store::Scope& scope, sms::Message message)
{
    const bool inbound = message.direction == sms::Direction::inbound;
    store::Conversations conversations(scope);
    const sms::Contact contact = store::Contacts(scope).find_or_create(
        inbound ? message.from : message.to, "", message.created_at);
    const sms::Conversation conversation = conversations.find_or_create(
        contact.row, inbound ? message.to : message.from, message.created_at);
    message.conversation_row = conversation.row;
    message.conversation_id = conversation.id;
    store::Messages(scope).insert(message);
    conversations.add_message(conversation.row, message.row, message.created_at, inbound);
    return message;
}

TestStore::TestStore(const std::string& workspace_name)
    : database(options((folder / "smsctl.db").string())),
      workspace(add_workspace(workspace_name)),
      scope(database, workspace)
{
}

Workspace TestStore::add_workspace(const std::string& name)
{
    Workspace made = make_workspace(name);
    store::Workspaces(database).add(made, noon);
    return made;
}

store::Database TestStore::reopen() const
{
    return store::Database(options(path()));
}

} // namespace smsctl::test
