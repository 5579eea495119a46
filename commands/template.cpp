#include "commands/merge_values.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "commands/template_change.hpp"
#include "core/error.hpp"
#include "output/template_record.hpp"
#include "store/reply_rules.hpp"
#include "store/templates.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace smsctl {

namespace {

struct ShowOptions {
    std::string reference;
};

struct RenderOptions {
    std::string reference;
    std::vector<std::string> variables;
};

void run_list(Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    store::Templates templates(scope);
    auto printer = session.printer(output::Shape::many,
                                   "template",
                                   {{"name", "NAME"},
                                    {"segments", "SEGMENTS"},
                                    {"encoding", "ENCODING"},
                                    {"updated_at", "CHANGED"},
                                    {"body", "TEXT"}});
    for (const store::StoredTemplate& stored : templates.list(session.row_limit()))
        printer.print(output::template_record(stored, scope.workspace().name));
    printer.finish();
    session.note_empty(printer.count(), "no templates yet; smsctl template add makes one");
    session.note_cut(printer.count(), templates.count());
}

void print(const store::StoredTemplate& stored, const store::Scope& scope, Session& session)
{
    auto printer = session.printer(output::Shape::one, "template", {});
    printer.print(output::template_record(stored, scope.workspace().name));
    printer.finish();
}

void run_show(const ShowOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    print(store::Templates(scope).resolve(options.reference), scope, session);
}

void run_rm(const ShowOptions& options, Session& session)
{
    session.check_fields("template");
    store::Scope scope = session.scope(Access::mutating);
    store::Templates templates(scope);
    const store::StoredTemplate stored = templates.resolve(options.reference);
    if (const auto user = store::ReplyRules(scope).of_template(stored.row))
        throw usage_error("usage.template_in_use",
                          fmt::format("{} answers with template {}", user->id, stored.name),
                          fmt::format("smsctl reply rm {}", user->id));
    if (session.options().dry_run)
        session.note("dry run: nothing was removed");
    else
        templates.remove(stored);
    print(stored, scope, session);
}

void run_render(const RenderOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    const store::StoredTemplate stored = store::Templates(scope).resolve(options.reference);
    const std::string body = fill_in(stored, options.variables);
    auto printer = session.printer(output::Shape::one, "rendering", {});
    printer.print(output::rendering_record(stored, body, scope.workspace().name));
    printer.finish();
}

void declare_list(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "list", "Stored templates, by name");
    session.notes(verb) = {"smsctl template list --print '{{name}} {{segments}}'", "", "template"};
    on_run(verb, session, run_list);
}

void declare_one(CLI::App& noun,
                 Session& session,
                 const char* name,
                 const char* summary,
                 const char* examples,
                 void (*run)(const ShowOptions&, Session&))
{
    CLI::App& verb = add_verb(noun, name, summary);
    session.notes(verb) = {examples, "", "template"};
    const auto options = std::make_shared<ShowOptions>();
    add_operand(verb, "REF", options->reference, "Its name, or tpl_ id")->required();
    on_run(verb, session, options, run);
}

void declare_render(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "render", "Show a template filled in");
    session.notes(verb) = {
        "smsctl template render welcome --var name=Ann --var code=7 --print '{{body}}'\n"
        "smsctl template render welcome --var code=7 --fields segments,encoding",
        "",
        "rendering"};
    const auto options = std::make_shared<RenderOptions>();
    add_operand(verb, "REF", options->reference, "Its name, or tpl_ id")->required();
    add_texts(verb, "--var", options->variables, "NAME=VALUE", "The value of a field");
    on_run(verb, session, options, run_render);
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app).examples =
        "smsctl template add welcome -m 'Hi {{name|there}}, your code is {{code}}'\n"
        "smsctl template render welcome --var code=7\n"
        "smsctl template set welcome -m 'Hello {{name|there}}: {{code}}'";
    declare_template_add(app, session);
    declare_list(app, session);
    declare_one(app,
                session,
                "show",
                "One template, with its fields",
                "smsctl template show welcome --fields body,fields",
                run_show);
    declare_template_set(app, session);
    declare_one(app,
                session,
                "rm",
                "Remove a template; what was sent with it stays as it is",
                "smsctl template rm welcome",
                run_rm);
    declare_render(app, session);
}

} // namespace

extern const Command template_command;
const Command template_command{"template",
                               Group::set_up,
                               "Stored texts with merge fields: add, list, show, set, rm, render",
                               declare};

} // namespace smsctl
