#include "commands/command.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "output/record.hpp"
#include "store/conversations.hpp"

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace smsctl {

namespace {

struct InboxOptions {
    bool unread = false;
};

void run(const InboxOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    store::Conversations conversations(scope);
    auto printer = session.printer(output::Shape::many,
                                   "conversation",
                                   {{"last_message_at", "LAST"},
                                    {"contact.name", "WHO"},
                                    {"contact.address", "NUMBER"},
                                    {"our_number", "OURS"},
                                    {"unread_count", "UNREAD"},
                                    {"message_count", "COUNT"},
                                    {"last_message", "TEXT"}});
    for (const sms::Conversation& conversation :
         conversations.list(options.unread, session.row_limit()))
        printer.print(output::conversation_record(conversation, scope.workspace().name));
    printer.finish();
    session.note_empty(printer.count(), options.unread ? "nothing unread" : "no conversations yet");
    session.note_cut(printer.count(), conversations.count(options.unread));
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app) = {"smsctl inbox --unread\n"
                          "smsctl inbox --print '{{contact.address}} {{unread_count}}'",
                          "A text that comes in raises the unread count of its conversation;\n"
                          "message mark --read clears it.",
                          "conversation"};
    const auto options = std::make_shared<InboxOptions>();
    add_switch(app, "--unread", options->unread, "Only conversations with unread messages");
    on_run(app, session, options, run);
}

} // namespace

extern const Command inbox_command;
const Command inbox_command{
    "inbox", Group::read, "Conversations, newest first, with unread counts", declare};

} // namespace smsctl
