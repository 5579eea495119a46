// A reply is a message that costs money, sent without anybody looking. So everything here that is
// not certain ends in silence: a reply goes to a text that is news, at most one a minute for each
// rule and so many a day to one person, which also ends the talk of two machines that answer each
// other.
//
// "Never twice" means here: one text, one reply. The text and its reply are committed together; a
// webhook that comes again finds the text stored. It is answered in silence, unless it is another
// attempt at the same delivery: the provider retries only what got no answer and reads one answer
// to a delivery, so the reply it then gets is the first one.
#include "webhook/replier.hpp"

#include "http/form.hpp"
#include "providers/registry.hpp"
#include "sms/reply_keyword.hpp"
#include "sms/segments.hpp"
#include "store/conversations.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"
#include "store/opt_outs.hpp"
#include "store/replies.hpp"
#include "store/templates.hpp"
#include "updates/reply.hpp"
#include "webhook/forward_request.hpp"
#include "webhook/reply_text.hpp"
#include "webhook/signed_urls.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace smsctl::webhook {

namespace {

constexpr std::chrono::hours day{24};
constexpr std::string_view reply_parameter = "smsctl-reply";

bool opted_out(store::Scope& scope, const sms::Message& inbound)
{
    store::OptOuts opt_outs(scope);
    return opt_outs.find(inbound.from, inbound.to) ||
           (!inbound.messaging_service_id.empty() &&
            opt_outs.find(inbound.from, inbound.messaging_service_id));
}

/// What the provider answers itself; "Stop!" as well, which some providers take for STOP and no
/// person means otherwise.
bool is_opt_out_word(const providers::InboundMessage& inbound)
{
    return inbound.keyword != sms::Keyword::none ||
           sms::keyword(sms::fold_keyword(inbound.body)) != sms::Keyword::none;
}

/// Why `inbound` is not to be answered by `rule` now, one clause; empty when it is.
std::string
obstacle(store::Scope& scope, const sms::Message& inbound, std::string_view rule, Instant now)
{
    if (opted_out(scope, inbound))
        return fmt::format("{} opted out", inbound.from);
    if (store::Numbers(scope).by_address(inbound.from))
        return fmt::format("{} is a number of ours", inbound.from);
    const Workspace& workspace = scope.workspace();
    const store::ReplyCount given =
        store::Replies(scope).count(inbound.from, rule, now - workspace.reply_pause(), now - day);
    if (given.by_rule > 0)
        return "the last reply of this rule was within reply-pause";
    if (given.in_all >= workspace.reply_limit())
        return fmt::format("{} got {} replies in 24 hours, as many as reply-limit allows",
                           inbound.from,
                           given.in_all);
    return {};
}

/// Why `body` costs more than may be spent, one clause; empty when it does not.
std::string cap_problem(store::Scope& scope, std::string_view body, Instant now)
{
    const auto cap = scope.workspace().daily_cap_micros();
    if (!cap)
        return {};
    const std::int64_t price = scope.workspace().segment_price_micros().value_or(0);
    const Instant today(std::chrono::floor<std::chrono::days>(now));
    const std::int64_t spent = store::Messages(scope).spent_micros(today, price);
    const auto segments = static_cast<std::int64_t>(sms::count_segments(body).segments.size());
    return spent + segments * price > *cap ? "today's daily-cap is spent" : "";
}

ReplyFields fields_of(store::Scope& scope, const sms::Message& inbound, std::string keyword)
{
    const auto contact = store::Contacts(scope).by_address(inbound.from);
    return {.body = inbound.body,
            .from = inbound.from,
            .keyword = std::move(keyword),
            .name = contact && sms::is_named(*contact) ? contact->name : "",
            .to = inbound.to.empty() ? inbound.messaging_service_id : inbound.to};
}

/// `text` filled in, or why it cannot be: a template may have changed since it was checked.
struct Written {
    std::string body;
    std::string problem;
};
Written write(store::Scope& scope,
              const std::string& text,
              const sms::Message& inbound,
              std::string keyword,
              Instant now)
{
    const templates::Template parsed(text);
    const ReplyFields fields = fields_of(scope, inbound, std::move(keyword));
    const templates::Rendering rendering = fill_in(parsed, fields);
    if (!rendering.missing.empty())
        return {{},
                fmt::format("its text needs a value for {}", fmt::join(rendering.missing, ", "))};
    std::string problem = reply_problem(rendering.text, scope.workspace().max_segments());
    if (problem.empty())
        problem = cap_problem(scope, rendering.text, now);
    return {rendering.text, std::move(problem)};
}

/// The reply that a webhook gets once more. Another attempt at the very delivery that was answered
/// (the same token) means that its answer never arrived, as long as nobody has heard of the reply.
std::optional<sms::Message>
repeat(store::Scope& scope, const sms::Message& stored, std::string_view idempotency_token)
{
    if (idempotency_token.empty())
        return std::nullopt;
    const auto given = store::Replies(scope).to(stored.row);
    if (!given || given->idempotency_token != idempotency_token || opted_out(scope, stored))
        return std::nullopt;
    auto message = store::Messages(scope).by_row(given->message_row);
    const bool is_unheard_of =
        message && message->provider_id.empty() && message->status == sms::Status::in_doubt;
    return is_unheard_of ? std::move(message) : std::nullopt;
}

/// Where the provider says what becomes of the reply `message_id`: the URL it just called, named
/// after the reply.
std::string callback_url(const http::ServerRequest& request,
                         std::string_view public_url,
                         std::string_view message_id)
{
    const std::string called = signed_urls(request, public_url).front();
    return fmt::format("{}?{}={}", called.substr(0, called.find('?')), reply_parameter, message_id);
}

} // namespace

Replier::Replier(ReplyOptions options, std::string public_url)
    : m_options(std::move(options)), m_public_url(std::move(public_url))
{
}

const std::vector<store::ReplyRule>& Replier::rules(store::Scope& scope)
{
    if (const std::int64_t version = scope.database().data_version(); version != m_rules_version) {
        m_rules.clear();
        m_rules_version = version;
    }
    const auto [known, is_new] = m_rules.try_emplace(scope.workspace().row);
    if (is_new)
        known->second = store::ReplyRules(scope).list(0);
    return known->second;
}

bool Replier::is_silent(store::Scope& scope)
{
    return m_options.text.empty() && m_options.template_name.empty() && rules(scope).empty();
}

Replier::Choice Replier::own_choice(store::Scope& scope) const
{
    if (m_options.template_name.empty())
        return {.rule = {}, .text = m_options.text, .keyword = {}, .problem = {}};
    const auto stored = store::Templates(scope).find(m_options.template_name);
    if (stored)
        return {.rule = {}, .text = stored->body, .keyword = {}, .problem = {}};
    return {.rule = {},
            .text = {},
            .keyword = {},
            .problem = fmt::format("workspace {} has no template {}",
                                   scope.workspace().name,
                                   m_options.template_name)};
}

std::optional<Replier::Choice> Replier::choose(store::Scope& scope, std::string_view body)
{
    const std::vector<store::ReplyRule>& known = rules(scope);
    const auto as_choice = [](const store::ReplyRule& rule, std::string keyword) {
        return Choice{
            .rule = rule.id, .text = rule.text, .keyword = std::move(keyword), .problem = {}};
    };
    if (!known.empty())
        for (std::string& keyword : sms::keywords_of(body))
            for (const store::ReplyRule& rule : known)
                if (std::find(rule.keywords.begin(), rule.keywords.end(), keyword) !=
                    rule.keywords.end())
                    return as_choice(rule, std::move(keyword));
    if (!m_options.text.empty() || !m_options.template_name.empty())
        return own_choice(scope);
    const auto any = std::find_if(known.begin(), known.end(), [](const store::ReplyRule& rule) {
        return rule.keywords.empty();
    });
    return any == known.end() ? std::nullopt : std::optional(as_choice(*any, {}));
}

std::optional<sms::Message> Replier::reply(store::Scope& scope,
                                           const sms::Message& stored,
                                           sms::Event& event,
                                           std::string_view idempotency_token,
                                           Instant now)
{
    std::optional<Choice> choice = choose(scope, stored.body);
    if (!choice)
        return std::nullopt;
    if (choice->problem.empty())
        choice->problem = obstacle(scope, stored, choice->rule, now);
    Written written;
    if (choice->problem.empty())
        written = write(scope, choice->text, stored, choice->keyword, now);
    store::GivenReply given;
    given.event_seq = event.seq;
    given.rule = choice->rule;
    given.withheld = choice->problem.empty() ? written.problem : choice->problem;
    given.address = stored.from;
    given.idempotency_token = idempotency_token;
    given.created_at = now;
    std::optional<sms::Message> message;
    if (given.withheld.empty()) {
        message = updates::enter_reply(scope, stored, std::move(written.body), now);
        given.message_row = message->row;
    }
    store::Replies(scope).add(given);
    event.reply = sms::Reply{message ? message->id : "", given.rule, given.withheld};
    return message;
}

std::optional<ReplyAnswer> Replier::answer(store::Scope& scope,
                                           const providers::InboundMessage& inbound,
                                           updates::Applied& applied,
                                           const http::ServerRequest& request,
                                           Instant now)
{
    if (!applied.message || is_opt_out_word(inbound))
        return std::nullopt;
    const std::string_view token = idempotency_token(request.headers);
    std::optional<sms::Message> message =
        applied.event.kind == sms::EventKind::message
            ? reply(scope, *applied.message, applied.event, token, now)
            : repeat(scope, *applied.message, token);
    if (!message)
        return std::nullopt;
    ReplyAnswer answer;
    answer.response = providers::webhooks(scope.workspace().provider)
                          .reply(message->body, callback_url(request, m_public_url, message->id));
    answer.message = *std::move(message);
    return answer;
}

void Replier::adopt(store::Scope& scope,
                    const providers::StatusReport& report,
                    std::string_view target)
{
    const std::size_t mark = target.find('?');
    if (mark == std::string_view::npos)
        return;
    const http::Form query = http::decode_form(target.substr(mark + 1));
    const std::string_view message_id = http::first(query, reply_parameter);
    if (!message_id.empty())
        updates::adopt_reply(scope, message_id, report);
}

} // namespace smsctl::webhook
