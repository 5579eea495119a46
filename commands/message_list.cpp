#include "commands/message_list.hpp"

#include "commands/message_columns.hpp"
#include "commands/message_filter.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "output/record.hpp"
#include "store/messages.hpp"

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace smsctl {

namespace {

struct ListOptions {
    MessageFilter filter;
    std::string before;
};

void run(const ListOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    store::Messages messages(scope);
    store::MessageQuery query = query_of(options.filter, scope);
    query.limit = session.row_limit();
    if (!options.before.empty()) {
        const sms::Message last = messages.resolve(options.before);
        query.before = store::MessagePlace{last.created_at, last.row};
    }
    auto printer = session.printer(output::Shape::many, "message", message_columns());
    std::string last;
    messages.each(query, [&](const sms::Message& message) {
        printer.print(output::message_record(message, scope.workspace().name));
        last = message.id;
        return true;
    });
    printer.finish();
    if (printer.count() == 0)
        session.note_empty(0, messages.count({}) == 0 ? "no messages yet" : "no message fits");
    else if (query.limit > 0 && session.shows_notes())
        session.note_cut(printer.count(), messages.count(query), "--before " + last);
}

} // namespace

void declare_message_list(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "list", "Stored messages, newest first");
    session.notes(verb) = {
        "smsctl message list --with +14155550100 --since 7d\n"
        "smsctl message list --direction in --processed false    # to do\n"
        "smsctl message list --status undelivered --json\n"
        "smsctl message list --before msg_01jz --limit 50        # the next page",
        "A page is as quick however far back it is. Give --before the id of the last message you "
        "have; what came meanwhile moves nothing. For what is new, tail has --after and --cursor.",
        "message"};
    const auto options = std::make_shared<ListOptions>();
    declare_filter(verb, options->filter, session);
    add_text(verb, "--before", options->before, "REF", "Only what stands behind this message");
    on_run(verb, session, options, run);
}

} // namespace smsctl
