#include "commands/command.hpp"
#include "commands/sending.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"

#include <CLI/App.hpp>

#include <memory>
#include <vector>

namespace smsctl {

namespace {

void declare(CLI::App& app, Session& session)
{
    auto options = std::make_shared<SendOptions>();
    session.notes(app).examples =
        "smsctl send +14155550100 -m 'Your parcel is here'\n"
        "smsctl send +14155550100 -m 'Order 42' --key order-42      # safe to run again\n"
        "smsctl send ann -m 'Hi Ann' --wait delivered --timeout 30s\n"
        "echo 'build ok' | smsctl send +14155550100\n"
        "smsctl send ann --template reminder --var day=Monday --at '2026-12-24 09:00'\n"
        "smsctl send +14155550100 -m 'Good morning' --on-block defer # after the quiet hours\n"
        "* * * * * smsctl send --due -q                              # cron: sends what is due\n"
        "smsctl send +14155550100 -m 'Grüße ✓' -n                   # what it would cost";
    session.notes(app).object = "message";
    add_operand(app, "TO", options->to, "Numbers, contacts or conversations, at most 20");
    CLI::Option* const text =
        add_text(app, "-m,--message", options->body.text, "TEXT", "The text, taken literally");
    CLI::Option* const file = add_text(
        app, "--body-file", options->body.file, "FILE", "Read the text from a file; - is stdin");
    CLI::Option* const stored = add_text(
        app, "--template", options->template_name, "NAME", "A stored text (smsctl template)");
    stored->excludes(text)->excludes(file);
    add_texts(
        app, "--var", options->variables, "NAME=VALUE", "The value of a field of the template")
        ->needs(stored);
    add_text(app,
             "-f,--from",
             options->from,
             "SENDER",
             "The number, short code, name or Messaging Service to send from");
    add_texts(app, "--media", options->media, "URL", "A picture or file the provider fetches");
    add_text(app,
             "--key",
             options->key,
             "KEY",
             "Your name for this message: the same key and content is sent once");
    CLI::Option* const at = add_time(app,
                                     session,
                                     "--at",
                                     options->at,
                                     text::DurationMeans::from_now,
                                     "When it is to leave: 2h, '2026-12-24 09:00' or RFC 3339");
    add_choice(app,
               "--wait",
               options->wait,
               {"accepted", "sent", "delivered"},
               "Wait for this status, or a final one")
        ->excludes(at);
    add_text(
        app, "--reply", options->reply, "REF", "Answer an inbound message and mark it processed");
    add_choice(
        app, "--encoding", options->encoding, {"auto", "gsm7", "ucs2"}, "How the text is counted");
    add_switch(app,
               "--smart",
               options->smart,
               "Replace look-alikes such as curly quotes by GSM-7 characters");
    add_count(app, "--max-segments", options->max_segments, "Refuse a text that takes more");
    add_choice(app,
               "--on-block",
               options->on_block,
               {"fail", "defer", "skip"},
               "When local policy refuses a recipient: exit 11, send it after the quiet hours, or "
               "go on");
    add_text(app, "--tag", options->tag, "TAG", "A label to find it by");
    const std::vector<CLI::Option*> others = app.get_options();
    CLI::Option* const due =
        add_switch(app, "--due", options->due, "Send what is scheduled and due; goes alone");
    for (CLI::Option* const other : others)
        due->excludes(other);
    session.notes(app).details =
        "A message for later waits in the database, and `send --due`, run every minute by cron, "
        "sends it; --limit bounds how many a run takes. Through a Messaging Service, and 15 "
        "minutes to 35 days ahead, the provider holds it instead: its status is `scheduled`. "
        "smsctl cancel takes either back.";
    on_run(app, session, options, send);
}

} // namespace

extern const Command send_command;
const Command send_command{
    "send", Group::send, "Send one message to one or a few recipients", declare};

} // namespace smsctl
