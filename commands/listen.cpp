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
        "smsctl listen --reply 'Thanks {{name|there}}, we call back.'   # answer who writes\n"
        "smsctl listen --point +15550199 --public-url https://t.example   # a tunnel, and back",
        "Each request is checked, stored and only then answered: a text and a delivery report "
        "with 200, a repeat as well, a bad signature with 403, a number that no workspace here "
        "has with 404. With --once or --count only the awaited events are printed; without an "
        "end that was asked for, ^C ends it with exit 0. Limits: 1 MiB of body, 16 KiB of "
        "headers, 10 s a request, 256 connections (for one more, the address with the most loses "
        "its slowest), the newest 10,000 refused requests.\n\n"
        "--forward-to passes every verified webhook that is no repeat on; the application's 2xx "
        "answer is passed back if it comes within 10 s, any other is tried again later, by the "
        "next "
        "listen as well. With --once or --count the end waits for it: exit 6 when all awaited were "
        "given up, 9 when some were.\n\n"
        "--reply and --reply-template answer each text that no keyword of `smsctl reply` answers; "
        "with "
        "--forward-to the application answers instead of all of them. Whom nothing is replied, and "
        "how "
        "often, says `smsctl reply --help`.\n\n"
        "The setting media-dir of a workspace downloads media as it arrives, by the rules of "
        "`message "
        "show --media`, and the message's record says where to or why not.\n\n"
        "--exec runs a program without a shell, after the answer: JSON on stdin, SMSCTL_* "
        "variables; "
        "--point puts the number's former webhook back at the end, and after a crash `smsctl "
        "number "
        "set NUMBER --undo` does. `smsctl help listening` has all of it, and the ways in.",
        "message"};
    add_text(app,
             "--addr",
             options->addr,
             "ADDR",
             "HOST:PORT, unix:PATH or fd:N (default 127.0.0.1:8787; port 0: any)");
    CLI::Option* const certificate = add_text(app,
                                              "--tls-cert",
                                              options->tls_certificate,
                                              "FILE",
                                              "Speak TLS with this PEM certificate chain");
    CLI::Option* const key = add_text(
        app, "--tls-key", options->tls_key, "FILE", "The certificate's PEM key, no passphrase");
    certificate->needs(key);
    key->needs(certificate);
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
    add_text(app,
             "--point",
             options->point,
             "NUMBER",
             "Point this number's webhook here while listening, then back");
    add_time(app,
             session,
             "--backfill",
             options->backfill,
             text::DurationMeans::ago,
             "First fetch what came this long ago and later, and nobody took");
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
