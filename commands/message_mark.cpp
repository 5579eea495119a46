#include "commands/message_mark.hpp"

#include "commands/message_columns.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "output/record.hpp"
#include "store/conversations.hpp"
#include "store/lookup.hpp"
#include "store/messages.hpp"
#include "updates/mark.hpp"

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <set>
#include <utility>

namespace smsctl {

namespace {

struct MarkOptions {
    std::vector<std::string> references;
    bool processed = false;
    std::optional<std::string> chat;
    std::optional<std::string> response;
    bool read = false;
};

/// The provider's id of the reply; one that is not stored here stands for itself, because another
/// system may have sent it.
std::string reply_id(const std::string& reference, store::Scope& scope)
{
    constexpr std::size_t sid_length = 34;
    if (reference.empty())
        return reference;
    if (reference.size() == sid_length &&
        (reference.starts_with("SM") || reference.starts_with("MM")))
        return reference;
    const sms::Message reply = store::Messages(scope).resolve(reference);
    return reply.provider_id.empty() ? reply.id : reply.provider_id;
}

void mark_processed(const MarkOptions& options, Session& session)
{
    session.check_fields("message");
    store::Scope scope = session.scope(Access::mutating);
    updates::ProcessedMark mark;
    mark.chat_id = options.chat;
    if (options.response)
        mark.response_id = reply_id(*options.response, scope);
    // Every reference must be good before the first is touched.
    std::vector<sms::Message> messages;
    for (const std::string& reference : options.references)
        messages.push_back(store::Messages(scope).resolve(reference));
    if (session.options().dry_run) {
        for (sms::Message& message : messages)
            message = updates::with_mark(std::move(message), mark);
        session.note("dry run: nothing was marked");
    } else {
        messages = updates::mark_processed(scope, session.clock(), messages, mark);
    }
    auto printer = session.printer(output::Shape::many, "message", message_columns());
    for (const sms::Message& message : messages)
        printer.print(output::message_record(message, scope.workspace().name));
    printer.finish();
}

std::vector<sms::Conversation> named_conversations(const MarkOptions& options, store::Scope& scope)
{
    std::vector<sms::Conversation> conversations;
    std::set<std::int64_t> rows;
    for (const std::string& reference : options.references)
        for (sms::Conversation& conversation : store::find_conversations(scope, reference))
            if (rows.insert(conversation.row).second)
                conversations.push_back(std::move(conversation));
    return conversations;
}

void mark_read(const MarkOptions& options, Session& session)
{
    session.check_fields("conversation");
    store::Scope scope = session.scope(Access::mutating);
    std::vector<sms::Conversation> conversations = named_conversations(options, scope);
    if (session.options().dry_run) {
        session.note("dry run: nothing was marked");
    } else {
        store::Transaction transaction = scope.begin();
        for (const sms::Conversation& conversation : conversations)
            store::Conversations(scope).mark_read(conversation.row);
        transaction.commit();
    }
    auto printer = session.printer(output::Shape::many,
                                   "conversation",
                                   {{"id", "ID"},
                                    {"contact.name", "WHO"},
                                    {"our_number", "OURS"},
                                    {"unread_count", "UNREAD"}});
    for (sms::Conversation& conversation : conversations) {
        conversation.unread_count = 0;
        printer.print(output::conversation_record(conversation, scope.workspace().name));
    }
    printer.finish();
}

void run(const MarkOptions& options, Session& session)
{
    const bool processed = options.processed || options.chat || options.response;
    if (processed == options.read)
        throw usage_error("usage.mark",
                          processed ? "--read goes alone" : "mark it as what?",
                          "use --processed [--chat ID] [--response REF], or --read");
    if (options.read)
        mark_read(options, session);
    else
        mark_processed(options, session);
}

} // namespace

void declare_message_mark(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "mark", "Mark messages processed, or conversations read");
    session.notes(verb) = {
        "smsctl message mark msg_01jz --processed --chat chat-7\n"
        "smsctl message mark +14155550100 --read",
        "--processed takes messages and prints them. --read takes conversations, by\n"
        "conv_ id, by number or contact, or by a message in them, and prints the\n"
        "conversations.",
        "message"};
    const auto options = std::make_shared<MarkOptions>();
    add_operand(verb, "REF", options->references, "Messages; for --read also conversations")
        ->required();
    add_switch(verb, "--processed", options->processed, "Somebody has dealt with it");
    add_text(verb, "--chat", options->chat, "ID", "The chat it was dealt with in");
    add_text(verb, "--response", options->response, "REF", "The message that answered it");
    add_switch(verb, "--read", options->read, "Nothing in the conversation is unread any more");
    on_run(verb, session, options, run);
}

} // namespace smsctl
