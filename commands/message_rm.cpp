#include "commands/message_columns.hpp"
#include "commands/message_removal.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "core/time_text.hpp"
#include "output/progress.hpp"
#include "output/record.hpp"
#include "store/messages.hpp"
#include "updates/removal.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace smsctl {

namespace {

struct RmOptions {
    std::vector<std::string> references;
    std::optional<Instant> older_than;
    bool remote = false;
};

void confirm(std::int64_t count, const RmOptions& options, Session& session)
{
    const std::string question = fmt::format("Remove {} {}{}?",
                                             output::grouped(count),
                                             count == 1 ? "message" : "messages",
                                             options.remote ? ", at the provider too" : "");
    if (!session.confirm_by_typing(question, std::to_string(count)))
        throw usage_error("usage.not_confirmed", "nothing was removed");
}

/// How to go on: what is gone cannot be named again.
std::string what_is_left(const std::vector<sms::Message>& messages)
{
    std::vector<std::string> ids;
    for (const sms::Message& message : messages)
        ids.push_back(message.id);
    return fmt::format("smsctl message rm {} --remote", fmt::join(ids, " "));
}

void remove_named(const RmOptions& options, store::Scope& scope, Session& session)
{
    const std::stop_token stop = session.stop_token();
    const auto provider = options.remote ? session.provider(scope.workspace()) : nullptr;
    updates::Removal removal(scope, session.clock(), provider.get());
    std::vector<sms::Message> messages;
    std::set<std::int64_t> rows; // two references may mean one message
    for (const std::string& reference : options.references)
        if (auto message = store::Messages(scope).resolve(reference);
            rows.insert(message.row).second)
            messages.push_back(std::move(message));
    removal.check(messages, store::RemovalVerb::remove);
    auto printer = session.printer(output::Shape::many, "message", message_columns());
    const auto print = [&](const sms::Message& message) {
        printer.print(output::message_record(message, scope.workspace().name));
    };
    if (session.options().dry_run) {
        std::for_each(messages.begin(), messages.end(), print);
        printer.finish();
        session.note("dry run: nothing was removed");
        return;
    }
    if (options.remote)
        confirm(static_cast<std::int64_t>(messages.size()), options, session);
    std::size_t gone = 0;
    const auto hint = [&] {
        return what_is_left({messages.begin() + static_cast<std::ptrdiff_t>(gone), messages.end()});
    };
    const auto finish = [&] {
        printer.finish();
        removal.purge();
        if (gone < messages.size())
            session.throw_if_stopped(hint());
    };
    try {
        removal.remove(
            messages,
            "",
            [&](const sms::Message& message) {
                ++gone;
                print(message);
            },
            stop);
    } catch (const Error& error) {
        finish();
        if (gone == 0)
            throw;
        Error with_rest(error.exit(), error.code(), error.what(), hint());
        if (error.provider())
            with_rest.with_provider(*error.provider());
        throw with_rest;
    }
    finish();
}

void remove_older(const RmOptions& options, store::Scope& scope, Session& session)
{
    const std::stop_token stop = session.stop_token();
    const Instant cutoff = *options.older_than;
    const std::int64_t count = store::Removals(scope).count_older(cutoff);
    if (session.options().dry_run) {
        session.note(fmt::format("dry run: {} messages from before {} were not removed",
                                 output::grouped(count),
                                 text::rfc3339(cutoff)));
        return;
    }
    if (count > 0)
        confirm(count, options, session);
    const auto provider = options.remote ? session.provider(scope.workspace()) : nullptr;
    updates::Removal removal(scope, session.clock(), provider.get());
    output::Progress progress(session.streams().err,
                              session.streams().err_is_terminal && !session.options().quiet,
                              session.clock());
    auto printer = session.printer(output::Shape::many, "message", message_columns());
    std::int64_t removed = 0;
    const auto finish = [&](bool is_cut_off) {
        progress.clear();
        printer.finish();
        removal.purge();
        if (session.streams().err_is_terminal)
            session.note(fmt::format(
                "{} {} removed", output::grouped(removed), removed == 1 ? "message" : "messages"));
        if (is_cut_off)
            session.throw_if_stopped("run it again; what was removed is");
    };
    const auto took = [&](const sms::Message& message) {
        ++removed;
        if (!session.streams().out_is_terminal)
            printer.print(output::message_record(message, scope.workspace().name));
        if (progress.is_due())
            progress.show(
                fmt::format("{} of {} removed", output::grouped(removed), output::grouped(count)));
    };
    updates::Removal::Result result;
    try {
        result = removal.remove_older(cutoff, took, stop);
    } catch (const Error&) {
        finish(true);
        throw;
    }
    finish(result.was_stopped);
}

void run(const RmOptions& options, Session& session)
{
    session.check_fields("message");
    if (options.references.empty() != options.older_than.has_value())
        throw usage_error("usage.rm",
                          options.older_than ? "--older-than goes without references"
                                             : "remove which messages?",
                          "give references, or --older-than 90d");
    store::Scope scope = session.scope(Access::mutating);
    if (options.older_than)
        remove_older(options, scope, session);
    else
        remove_named(options, scope, session);
}

} // namespace

void declare_message_rm(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "rm", "Delete messages");
    session.notes(verb) = {
        "smsctl message rm msg_01jz\n"
        "smsctl message rm --older-than 90d -n       # how many there are\n"
        "smsctl message rm --older-than 90d --yes -q\n"
        "smsctl message rm msg_01jz --remote --yes   # at the provider too",
        "Only final messages; --older-than passes over the others and over those whose webhook is "
        "still on its way to your application. Keys stay used, polls bring nothing back, and the "
        "sums of a batch stay what they were; opt-outs and contacts stay. reconcile does the same "
        "by itself where a workspace has retention=90d.\n\n"
        "--remote, which deletes at the provider first, and --older-than ask for the number of "
        "messages, or --yes. A record is printed for each removed message, but for --older-than on "
        "a terminal.",
        "message"};
    const auto options = std::make_shared<RmOptions>();
    add_operand(verb, "REF", options->references, "Messages");
    add_time(verb,
             session,
             "--older-than",
             options->older_than,
             text::DurationMeans::ago,
             "All that were created before this");
    add_switch(verb, "--remote", options->remote, "At the provider too");
    on_run(verb, session, options, run);
}

} // namespace smsctl
