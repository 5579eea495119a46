#include "commands/command.hpp"
#include "commands/listen_run.hpp"
#include "commands/shared_options.hpp"

#include <CLI/App.hpp>

#include <memory>

namespace smsctl {

namespace {

void run(const ListenOptions& options, Session& session)
{
    check(options, session);
    Listening(options, session).run();
}

void declare(CLI::App& app, Session& session)
{
    auto options = std::make_shared<ListenOptions>();
    session.notes(app) = {
        "smsctl listen\n"
        "smsctl listen --once --timeout 60s --print '{{body}}'     # wait for the next event\n"
        "smsctl listen --once --match 'body~[0-9]{6}' --print '{{body}}'   # wait for a login "
        "code\n"
        "smsctl listen --addr 127.0.0.1:0 --ready-file ready.json  # port 0: any; see the file\n"
        "smsctl listen --forward-to http://127.0.0.1:3000/sms      # and let the application "
        "answer\n"
        "smsctl listen --exec './on-message --log'                 # run a command for each event\n"
        "smsctl listen --reply 'Thanks {{name|there}}, we call back.'   # answer who writes",
        "Each request is checked, stored and only then answered: a text and a delivery report "
        "with 200, a repeat as well, a bad signature with 403, a number that no workspace here "
        "has with 404. With --once or --count only the awaited events are printed; without an "
        "end that was asked for, ^C ends it with exit 0. Limits: 1 MiB of body, 16 KiB of "
        "headers, 10 s a request, 256 connections (for one more, the address with the most loses "
        "its slowest), the newest 10,000 refused requests.\n\n"
        "--forward-to passes every verified webhook that is no repeat on, signed for that URL, "
        "with "
        "X-Smsctl-Event naming its event. The application's 2xx answer is passed back if it comes "
        "within 10 s; any other is a failure and tried again later. What is not forwarded at the "
        "end is by the next listen --forward-to; message show evt_… says how far it is. With "
        "--once or --count the end waits for it: exit 6 when all awaited were given up, 9 when "
        "some were.\n\n"
        "--reply and --reply-template answer each text that no keyword of `smsctl reply` answers; "
        "with "
        "--forward-to the application answers instead of all of them. Whom nothing is replied, and "
        "how "
        "often, says `smsctl reply --help`.\n\n"
        "--exec runs a program without a shell, after the answer: the record as JSON on stdin, "
        "SMSCTL_EVENT, SMSCTL_TYPE, SMSCTL_MESSAGE, SMSCTL_CONVERSATION, SMSCTL_FROM, SMSCTL_TO, "
        "SMSCTL_BODY, SMSCTL_STATUS, SMSCTL_ERROR_CODE, SMSCTL_PROVIDER_ID, SMSCTL_WORKSPACE and "
        "SMSCTL_DB in its environment, which holds no credential. It has 30 s; its output goes to "
        "stderr, and what goes wrong with it is a warning.\n\n"
        "The setting media-dir of a workspace downloads media as it arrives, by the rules of "
        "`message "
        "show --media`, and the message's record says where to or why not.",
        "message"};
    add_text(app,
             "--addr",
             options->addr,
             "HOST:PORT",
             "Where to listen (default 127.0.0.1:8787; port 0: any)");
    add_text(app,
             "--public-url",
             options->public_url,
             "URL",
             "Address the provider knows us by, and signs (default: the workspace's public-url)");
    add_text(app, "--path", options->path, "PATH", "Take requests here only (default /)");
    CLI::Option* const once = add_switch(app, "--once", options->once, "Exit after one event");
    CLI::Option* const count = add_count(app, "--count", options->count, "Exit after N events");
    once->excludes(count);
    add_texts(app,
              "--match",
              options->matches,
              "FIELD=V|FIELD~RE",
              "Show and count only records that fit; repeat: all must hold");
    add_text(
        app, "--ready-file", options->ready_file, "FILE", "Write {addr,url,pid} here once ready");
    CLI::Option* const forward_to = add_text(app,
                                             "--forward-to",
                                             options->forward_to,
                                             "URL",
                                             "Pass webhooks on to an application, and its answer "
                                             "back");
    add_count(app,
              "--retries",
              options->retries,
              "Tries after the first that failed, 1 s to 5 min apart (default 5)")
        ->needs(forward_to);
    CLI::Option* const exec = add_text(
        app, "--exec", options->exec, "'ARGV…'", "Run a command for each event (no shell)");
    add_count(
        app, "--max-procs", options->most_procs, "Commands that run at the same time (default 4)")
        ->needs(exec);
    CLI::Option* const reply =
        add_text(app,
                 "--reply",
                 options->reply,
                 "TEXT",
                 "Text this back to who writes, with merge fields (help reply)")
            ->excludes(forward_to);
    add_text(
        app, "--reply-template", options->reply_template, "NAME", "Text a stored template back")
        ->excludes(reply)
        ->excludes(forward_to);
    add_switch(app,
               "--allow-unsigned",
               options->allow_unsigned,
               "Take requests without a signature (loopback, no public URL)");
    on_run(app, session, options, &run);
}

} // namespace

extern const Command listen_command;
const Command listen_command{
    "listen", Group::test_webhooks, "Receive webhooks: verify, store, forward", &declare};

} // namespace smsctl
