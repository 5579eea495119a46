#include "commands/template_change.hpp"

#include "commands/body_input.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "core/id.hpp"
#include "output/template_record.hpp"
#include "store/templates.hpp"
#include "templates/template.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace smsctl {

namespace {

constexpr const char* syntax =
    "{{name}} is filled in from a list's column or --var; {{name|there}} says \"there\" where\n"
    "there is no value. A field's name is of letters, digits, _ - . and blanks inside, and\n"
    "is compared exactly. Values are never interpreted. {{ itself cannot be written.";

struct AddOptions {
    std::string name;
    BodyInput body;
    std::string if_exists = "fail";
};

struct SetOptions {
    std::string reference;
    BodyInput body;
    std::string name;
};

void check_name(const std::string& name)
{
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    if (name.empty() || name.front() == '-' || !std::all_of(name.begin(), name.end(), fits))
        throw usage_error("usage.name",
                          fmt::format("'{}' cannot be a template's name", name),
                          "use letters, digits, - _ and .");
    if (name.starts_with("tpl_"))
        throw usage_error("usage.name",
                          fmt::format("'{}' looks like a template's id", name),
                          "choose a name without tpl_ in front");
}

/// The text that was given, once it is known to be a template.
std::string read_template(const BodyInput& input, Session& session)
{
    std::string body = read_body(input, false, session.streams());
    if (body.empty())
        throw usage_error("usage.body", "the template is empty", "give it a text");
    const templates::Template checked(body);
    return body;
}

void check_free(const std::string& name, store::Templates& templates)
{
    if (templates.find(name))
        throw usage_error("usage.template_exists",
                          fmt::format("there is a template {} already", name),
                          fmt::format("smsctl template set {} changes it", name));
}

void print(const store::StoredTemplate& stored, const store::Scope& scope, Session& session)
{
    if (session.options().dry_run)
        session.note("dry run: nothing was stored");
    auto printer = session.printer(output::Shape::one, "template", {});
    printer.print(output::template_record(stored, scope.workspace().name));
    printer.finish();
}

/// What `change` makes of the stored templates, in one transaction; in a dry run it stores nothing.
template <typename Change>
store::StoredTemplate carry_out(store::Scope& scope, Session& session, Change change)
{
    if (session.options().dry_run)
        return change();
    store::Transaction transaction = scope.begin();
    store::StoredTemplate stored = change();
    transaction.commit();
    return stored;
}

void run_add(const AddOptions& options, Session& session)
{
    session.check_fields("template");
    check_name(options.name);
    store::Scope scope = session.scope(Access::mutating);
    store::Templates templates(scope);
    if (options.if_exists == "fail")
        check_free(options.name, templates);
    const std::string body = read_template(options.body, session);
    const auto stored = carry_out(scope, session, [&] {
        // Asked again: somebody may have added it while the text was read.
        if (options.if_exists == "fail")
            check_free(options.name, templates);
        const auto known = templates.find(options.name);
        store::StoredTemplate change = known.value_or(store::StoredTemplate());
        change.name = options.name;
        change.body = body;
        change.updated_at = session.clock().now();
        if (!known)
            change.created_at = change.updated_at;
        if (session.options().dry_run)
            return change;
        if (known) {
            templates.update(change);
        } else {
            change.id = new_id("tpl", change.created_at);
            templates.insert(change);
        }
        return change;
    });
    print(stored, scope, session);
}

void run_set(const SetOptions& options, Session& session)
{
    session.check_fields("template");
    if (!options.name.empty())
        check_name(options.name);
    store::Scope scope = session.scope(Access::mutating);
    store::Templates templates(scope);
    templates.resolve(options.reference); // before a text is waited for
    const bool has_text = options.body.text || !options.body.file.empty() || options.name.empty();
    const std::string body = has_text ? read_template(options.body, session) : std::string();
    const auto stored = carry_out(scope, session, [&] {
        store::StoredTemplate change = templates.resolve(options.reference);
        if (!options.name.empty() && options.name != change.name) {
            check_free(options.name, templates);
            change.name = options.name;
        }
        if (has_text)
            change.body = body;
        change.updated_at = session.clock().now();
        if (!session.options().dry_run)
            templates.update(change);
        return change;
    });
    print(stored, scope, session);
}

void add_body_options(CLI::App& verb, BodyInput& body)
{
    add_text(verb, "-m,--message", body.text, "TEXT", "The text");
    add_text(verb, "--body-file", body.file, "FILE", "Read the text from a file; - is stdin");
}

} // namespace

void declare_template_add(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "add", "Store a text with merge fields");
    session.notes(verb) = {
        "smsctl template add welcome -m 'Hi {{name|there}}, your code is {{code}}'\n"
        "smsctl template add welcome --body-file welcome.txt --if-exists update",
        syntax,
        "template"};
    const auto options = std::make_shared<AddOptions>();
    add_operand(verb, "NAME", options->name, "What to call it")->required();
    add_body_options(verb, options->body);
    add_choice(verb,
               "--if-exists",
               options->if_exists,
               {"fail", "update"},
               "What to do when the name is taken");
    on_run(verb, session, options, run_add);
}

void declare_template_set(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "set", "Change a template's text or name");
    session.notes(verb) = {"smsctl template set welcome -m 'Hello {{name|there}}'\n"
                           "smsctl template set welcome --name greeting",
                           syntax,
                           "template"};
    const auto options = std::make_shared<SetOptions>();
    add_operand(verb, "REF", options->reference, "Its name, or tpl_ id")->required();
    add_body_options(verb, options->body);
    add_text(verb, "--name", options->name, "NAME", "Call it this from now on");
    on_run(verb, session, options, run_set);
}

} // namespace smsctl
