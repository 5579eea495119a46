#include "commands/reply_add.hpp"

#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "core/error.hpp"
#include "core/id.hpp"
#include "core/text.hpp"
#include "output/reply_record.hpp"
#include "sms/opt_out.hpp"
#include "sms/reply_keyword.hpp"
#include "store/reply_rules.hpp"
#include "store/templates.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>

namespace smsctl {

namespace {

struct Options {
    std::vector<std::string> keywords;
    bool any = false;
    std::optional<std::string> text;
    std::string template_name;
};

constexpr std::size_t longest_keyword = 160; // bytes: as much as fits into one text

std::string checked_keyword(const std::string& typed)
{
    constexpr const char* code = "usage.keyword";
    if (!text::is_utf8(typed))
        throw usage_error(code, "a keyword is not UTF-8");
    std::string keyword = sms::fold_keyword(typed);
    if (keyword.empty())
        throw usage_error(code, "a keyword is empty", "--any answers any text");
    if (keyword.size() > longest_keyword)
        throw usage_error(code,
                          fmt::format("the keyword '{}…' is too long", typed.substr(0, 20)),
                          "a word will do");
    if (sms::keyword(keyword) != sms::Keyword::none)
        throw usage_error(
            code,
            fmt::format("'{}' is an opt-out word: the provider answers it itself", typed),
            "choose another keyword");
    return keyword;
}

std::vector<std::string> checked_keywords(const Options& options)
{
    if (options.keywords.empty() != options.any)
        throw usage_error("usage.keyword",
                          options.any ? "--any answers any text: there is no keyword to go with it"
                                      : "which texts is it for?",
                          "smsctl reply add KEYWORD… -m TEXT, or --any");
    std::vector<std::string> keywords;
    for (const std::string& typed : options.keywords)
        if (std::string keyword = checked_keyword(typed);
            std::find(keywords.begin(), keywords.end(), keyword) == keywords.end())
            keywords.push_back(std::move(keyword));
    return keywords;
}

void check_free(const std::vector<std::string>& keywords, store::ReplyRules& rules)
{
    const std::vector<std::string> any = {""};
    for (const std::string& keyword : keywords.empty() ? any : keywords)
        if (const auto taken = rules.of_keyword(keyword))
            throw usage_error("usage.keyword_taken",
                              keyword.empty()
                                  ? fmt::format("{} answers any text already", taken->id)
                                  : fmt::format("{} answers '{}' already", taken->id, keyword),
                              fmt::format("smsctl reply rm {}", taken->id));
}

/// The rule that was typed, checked against what is stored now.
store::ReplyRule
rule_of(const Options& options, std::vector<std::string> keywords, store::Scope& scope)
{
    store::ReplyRule rule;
    rule.keywords = std::move(keywords);
    rule.text = options.text.value_or("");
    if (!options.text) {
        const auto stored = store::Templates(scope).resolve(options.template_name);
        rule.template_row = stored.row;
        rule.template_name = stored.name;
        rule.text = stored.body;
    }
    check_reply_text(rule.text,
                     rule.keywords.empty() ? webhook::HasKeyword::no : webhook::HasKeyword::yes,
                     scope.workspace());
    store::ReplyRules rules(scope);
    check_free(rule.keywords, rules);
    return rule;
}

void run(const Options& options, Session& session)
{
    session.check_fields("reply");
    if (!options.text && options.template_name.empty())
        throw usage_error("usage.body", "what is the reply?", "give -m TEXT or --template NAME");
    const std::vector<std::string> keywords = checked_keywords(options);
    store::Scope scope = session.scope(Access::mutating);
    store::ReplyRule rule;
    if (session.options().dry_run) {
        rule = rule_of(options, keywords, scope);
        rule.created_at = session.clock().now();
        session.note("dry run: nothing was stored");
    } else {
        store::Transaction transaction = scope.begin();
        rule = rule_of(options, keywords, scope);
        rule.created_at = session.clock().now();
        rule.id = new_id("rpl", rule.created_at);
        store::ReplyRules(scope).insert(rule);
        transaction.commit();
    }
    auto printer = session.printer(output::Shape::one, "reply", {});
    printer.print(output::reply_record(rule, scope.workspace().name));
    printer.finish();
}

} // namespace

void check_reply_text(const std::string& text,
                      webhook::HasKeyword has_keyword,
                      const Workspace& workspace)
{
    const templates::Template parsed = webhook::reply_template(text, has_keyword);
    // With the shortest values there are: what is too long then always is.
    const auto shortest = webhook::fill_in(parsed, {"1", "1", "1", "1", "1"});
    const std::string problem = webhook::reply_problem(shortest.text, workspace.max_segments());
    if (!problem.empty())
        throw usage_error(
            "usage.too_long", fmt::format("the reply will not do: {}", problem), "shorten it");
}

void declare_reply_add(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "add", "Answer texts with a keyword");
    session.notes(verb) = {
        "smsctl reply add hours open -m 'We are open 9 to 5, {{name|friend}}.'\n"
        "smsctl reply add 'opening hours' --template hours\n"
        "smsctl reply add --any -m 'Thanks! We call back within an hour.'",
        "A keyword is met by a text that is it, or whose first word it is; case, white space\n"
        "around it and . , ; : ! ? at its end do not count. One of several words is met by the\n"
        "whole text alone. Fields: {{from}}, {{to}}, {{keyword}}, and with a default, since\n"
        "they may be empty, {{body|…}} and {{name|…}}. Opt-out words (STOP, START, HELP …) are\n"
        "the provider's and refused. The help of reply says when nothing is answered.",
        "reply"};
    const auto options = std::make_shared<Options>();
    add_operand(verb, "KEYWORD", options->keywords, "Words that ask for it");
    add_switch(verb, "--any", options->any, "Answer any text that nothing else answers");
    CLI::Option* const text =
        add_text(verb, "-m,--message", options->text, "TEXT", "The answer, with merge fields");
    add_text(verb, "--template", options->template_name, "NAME", "Answer with a stored template")
        ->excludes(text);
    on_run(verb, session, options, run);
}

} // namespace smsctl
