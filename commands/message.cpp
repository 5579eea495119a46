#include "commands/message_columns.hpp"
#include "commands/message_list.hpp"
#include "commands/message_mark.hpp"
#include "commands/message_media.hpp"
#include "commands/message_removal.hpp"
#include "commands/message_search.hpp"
#include "commands/message_verify.hpp"
#include "commands/shared_options.hpp"
#include "output/record.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace smsctl {

namespace {

struct ShowOptions {
    std::string reference;
    bool verify = false;
    std::string media_folder;
};

/// For people: what happened to the message, below it.
void show_history(const sms::Message& message, store::Scope& scope, Session& session)
{
    if (session.format(output::Shape::one) != output::Format::table ||
        !session.options().print_template.empty() || session.options().fields)
        return;
    store::EventQuery query;
    query.message_row = message.row;
    const std::vector<sms::Event> events = store::EventLog(scope).list(query);
    std::vector<output::Column> columns = {{"created_at", "WHEN"},
                                           {"kind", "EVENT"},
                                           {"source", "BY"},
                                           {"status", "STATUS"},
                                           {"error_code", "ERROR"},
                                           {"reason", "WHY"},
                                           {"id", "ID"}};
    if (std::any_of(events.begin(), events.end(), [](const auto& one) { return !!one.forward; }))
        columns.insert(columns.end() - 1, {"forward.state", "FORWARD"});
    session.streams().out << '\n';
    auto printer = session.printer(output::Shape::many, "event", std::move(columns));
    for (const sms::Event& event : events)
        printer.print(output::event_record(event, scope.workspace().name));
    printer.finish();
}

void show_event(const ShowOptions& options, store::Scope& scope, Session& session)
{
    if (!options.media_folder.empty())
        throw usage_error(
            "usage.media",
            fmt::format("--media is about a message, and {} is an event", options.reference),
            "give the message: msg_…");
    const auto event = store::EventLog(scope).by_id(options.reference);
    if (!event)
        throw not_found_error("event", options.reference, "smsctl tail --kind event lists them");
    if (options.verify) {
        verify_event(*event, session);
        return;
    }
    auto printer = session.printer(output::Shape::one, "event", {});
    printer.print(output::event_record(*event, scope.workspace().name));
    printer.finish();
}

void run_show(const ShowOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    if (options.reference.starts_with("evt_")) {
        show_event(options, scope, session);
        return;
    }
    if (options.verify)
        throw usage_error(
            "usage.verify",
            fmt::format("--verify is about a webhook, and {} is none", options.reference),
            "give its event: evt_…");
    const sms::Message message = store::Messages(scope).resolve(options.reference);
    if (!options.media_folder.empty()) {
        download_media(message, options.media_folder, session);
        return;
    }
    auto printer = session.printer(output::Shape::one, "message", message_columns());
    printer.print(output::message_record(message, scope.workspace().name));
    printer.finish();
    show_history(message, scope, session);
}

void declare_show(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "show", "One message, or one event by its evt_ id");
    session.notes(verb) = {"smsctl message show SM0123456789abcdef0123456789abcdef\n"
                           "smsctl message show msg_01jz --fields status,error\n"
                           "smsctl message show msg_01jz --media pictures/\n"
                           "smsctl message show evt_01jz --verify   # for which URL was it signed?",
                           "On a terminal what happened to the message is listed below it.\n\n"
                           "--verify checks the signature of a webhook again: over the URLs that "
                           "listen tried, over those of the workspace's public-url, and over what "
                           "tunnels and proxies make of them. It prints a verification record (see "
                           "smsctl help schema verification) that says which URL was signed and "
                           "which public-url would do; exit 0 whether the signature holds or not."
                           "\n\n"
                           "--media downloads what came with a message and prints a media record "
                           "for each (smsctl help schema media). The files are called by the "
                           "message's id, the position and the type, and never replace one that "
                           "holds something else. Media is fetched over https, from public "
                           "addresses, straight and not over a proxy; at most media-max bytes "
                           "(smsctl workspace set), of the type that was said or one that nothing "
                           "runs; the credentials go to the provider's own hosts alone.",
                           "message"};
    const auto options = std::make_shared<ShowOptions>();
    add_operand(verb, "REF", options->reference, "A message's id, the provider's id, or evt_…")
        ->required();
    add_text(verb, "--media", options->media_folder, "DIR", "Download its media into a folder");
    add_switch(verb, "--verify", options->verify, "Check the signature of an evt_… again");
    on_run(verb, session, options, run_show);
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app).examples = "smsctl message list --direction in\n"
                                  "smsctl message search 'on my way'\n"
                                  "smsctl message show msg_01jz\n"
                                  "smsctl message mark msg_01jz --processed";
    declare_message_list(app, session);
    declare_show(app, session);
    declare_message_search(app, session);
    declare_message_mark(app, session);
    declare_message_redact(app, session);
    declare_message_rm(app, session);
}

} // namespace

extern const Command message_command;
const Command message_command{
    "message", Group::read, "Stored messages: list, show, search, mark, redact, rm", declare};

} // namespace smsctl
