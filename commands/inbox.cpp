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
    std::string before;
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
    std::optional<store::ConversationPlace> before;
    if (!options.before.empty()) {
        const sms::Conversation last = conversations.resolve(options.before);
        before = store::ConversationPlace{last.last_message_at, last.row};
    }
    std::string last;
    for (const sms::Conversation& conversation :
         conversations.list(options.unread, session.row_limit(), before)) {
        printer.print(output::conversation_record(conversation, scope.workspace().name));
        last = conversation.id;
    }
    printer.finish();
    session.note_empty(printer.count(), options.unread ? "nothing unread" : "no conversations yet");
    if (printer.count() > 0 && session.shows_notes())
        session.note_cut(printer.count(), conversations.count(options.unread), "--before " + last);
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app) = {"smsctl inbox --unread\n"
                          "smsctl inbox --before conv_01jz --limit 50    # the next page\n"
                          "smsctl inbox --print '{{contact.address}} {{unread_count}}'",
                          "A text that comes in raises the unread count of its conversation;\n"
                          "message mark --read clears it.",
                          "conversation"};
    const auto options = std::make_shared<InboxOptions>();
    add_text(app, "--before", options->before, "REF", "Only what stands behind this conversation");
    add_switch(app, "--unread", options->unread, "Only conversations with unread messages");
    on_run(app, session, options, run);
}

} // namespace

extern const Command inbox_command;
const Command inbox_command{
    "inbox", Group::read, "Conversations, newest first, with unread counts", declare};

} // namespace smsctl
