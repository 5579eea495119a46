#include "commands/message_columns.hpp"
#include "commands/message_removal.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "output/record.hpp"
#include "store/messages.hpp"
#include "updates/removal.hpp"

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace smsctl {

namespace {

struct RedactOptions {
    std::vector<std::string> references;
    bool remote = false;
};

void run(const RedactOptions& options, Session& session)
{
    session.check_fields("message");
    const std::stop_token stop = session.stop_token();
    store::Scope scope = session.scope(Access::mutating);
    const auto provider = options.remote ? session.provider(scope.workspace()) : nullptr;
    updates::Removal removal(scope, session.clock(), provider.get());
    // Every reference must be good before the first is touched.
    std::vector<sms::Message> messages;
    for (const std::string& reference : options.references)
        messages.push_back(store::Messages(scope).resolve(reference));
    removal.check(messages, store::RemovalVerb::redact);
    auto printer = session.printer(output::Shape::many, "message", message_columns());
    const auto finish = [&] {
        printer.finish();
        removal.purge();
        session.throw_if_stopped("run it again; what was redacted is");
    };
    try {
        for (const sms::Message& message : messages) {
            if (stop.stop_requested())
                break;
            printer.print(output::message_record(
                session.options().dry_run ? message : removal.redact(message),
                scope.workspace().name));
        }
    } catch (const Error&) {
        finish();
        throw;
    }
    finish();
    if (session.options().dry_run)
        session.note("dry run: nothing was redacted");
}

} // namespace

void declare_message_redact(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "redact", "Empty the text and media of messages");
    session.notes(verb) = {
        "smsctl message redact msg_01jz\n"
        "smsctl message redact msg_01jz --remote   # at the provider too\n"
        "smsctl message list --with +14155550100 --print '{{id}}' | xargs smsctl message redact",
        "The message stays, with its numbers, times, status and price. Its text, the addresses and "
        "downloaded files of its media, and the requests that its events came from are gone for "
        "good, so their signatures cannot be checked again; contacts stay, and so does what an "
        "opt-out says about itself.\n\n"
        "Only final messages: the others still need their text. --remote empties the text and "
        "deletes the media at the provider; what was cut off there is finished by running the same "
        "again.",
        "message"};
    const auto options = std::make_shared<RedactOptions>();
    add_operand(verb, "REF", options->references, "Messages")->required();
    add_switch(verb, "--remote", options->remote, "At the provider too");
    on_run(verb, session, options, run);
}

} // namespace smsctl
