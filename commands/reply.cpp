#include "commands/command.hpp"
#include "commands/reply_add.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "output/reply_record.hpp"
#include "sms/reply_keyword.hpp"
#include "store/reply_rules.hpp"

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace smsctl {

namespace {

struct OneOptions {
    std::string reference;
};

store::ReplyRule resolve(const std::string& reference, store::Scope& scope)
{
    return store::ReplyRules(scope).resolve(reference, sms::fold_keyword(reference));
}

void print(const store::ReplyRule& rule, const store::Scope& scope, Session& session)
{
    auto printer = session.printer(output::Shape::one, "reply", {});
    printer.print(output::reply_record(rule, scope.workspace().name));
    printer.finish();
}

void run_list(Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    store::ReplyRules rules(scope);
    auto printer = session.printer(output::Shape::many,
                                   "reply",
                                   {{"id", "ID"},
                                    {"keywords", "KEYWORDS"},
                                    {"template", "TEMPLATE"},
                                    {"segments", "SEGMENTS"},
                                    {"body", "TEXT"}});
    for (const store::ReplyRule& rule : rules.list(session.row_limit()))
        printer.print(output::reply_record(rule, scope.workspace().name));
    printer.finish();
    session.note_empty(printer.count(), "no replies yet; smsctl reply add makes one");
    session.note_cut(printer.count(), rules.count());
}

void run_show(const OneOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    print(resolve(options.reference, scope), scope, session);
}

void run_rm(const OneOptions& options, Session& session)
{
    session.check_fields("reply");
    store::Scope scope = session.scope(Access::mutating);
    const store::ReplyRule rule = resolve(options.reference, scope);
    if (session.options().dry_run)
        session.note("dry run: nothing was removed");
    else
        store::ReplyRules(scope).remove(rule);
    print(rule, scope, session);
}

void declare_list(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "list", "What texts are answered with");
    session.notes(verb) = {"smsctl reply list --fields keywords,body", "", "reply"};
    on_run(verb, session, run_list);
}

void declare_one(CLI::App& noun,
                 Session& session,
                 const char* name,
                 const char* summary,
                 const char* example,
                 void (*run)(const OneOptions&, Session&))
{
    CLI::App& verb = add_verb(noun, name, summary);
    session.notes(verb) = {example, "", "reply"};
    const auto options = std::make_shared<OneOptions>();
    add_operand(verb, "REF", options->reference, "One of its keywords, or rpl_ id")->required();
    on_run(verb, session, options, run);
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app) = {
        "smsctl reply add hours open -m 'We are open 9 to 5, {{name|friend}}.'\n"
        "smsctl reply list\n"
        "smsctl reply rm hours",
        "Every listen of the workspace answers by these rules, one that runs already as well, but\n"
        "for one with --forward-to, where the application answers. In this order: an opt-out\n"
        "word (STOP, START, HELP …) is the provider's to answer; then the rule with the text as\n"
        "its keyword, or with its first word; then listen --reply or --reply-template; then the\n"
        "rule for any text. A template of --reply-template is that of the workspace the text came\n"
        "to, which may lack it.\n\n"
        "Nothing is answered to who opted out, to our own numbers, beyond the workspace's\n"
        "daily-cap and max-segments, and more often than its settings say: reply-pause (1m)\n"
        "between two replies of a rule to one sender, reply-limit (20) to one sender in 24 hours.\n"
        "The event of the text says what was replied or why not (message show evt_…).\n\n"
        "A text is answered once. A webhook that comes again gets no second reply, unless it is\n"
        "another attempt at the same delivery (the same I-Twilio-Idempotency-Token) and no\n"
        "status of the first reply has come: the provider then never had the first answer. It\n"
        "makes such attempts only where they are configured. The reply is stored as a message of\n"
        "the conversation, in_doubt until its first status comes.",
        "reply"};
    declare_reply_add(app, session);
    declare_list(app, session);
    declare_one(app,
                session,
                "show",
                "One of them",
                "smsctl reply show hours --fields body,template",
                run_show);
    declare_one(app, session, "rm", "Answer it no more", "smsctl reply rm hours", run_rm);
}

} // namespace

extern const Command reply_command;
const Command reply_command{
    "reply", Group::set_up, "What texts are answered with: add, list, show, rm", declare};

} // namespace smsctl
