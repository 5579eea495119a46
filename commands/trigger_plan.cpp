#include "commands/trigger_plan.hpp"

#include "core/crypto.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"
#include "webhook/custom_bodies.hpp"
#include "webhook/trigger_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <istream>
#include <iterator>
#include <random>

namespace smsctl {

namespace {

// A number for fiction (NANPA 555-01XX); nobody gets a text.
constexpr std::string_view somebody = "+14155550199";
constexpr int latest_messages = 200;
constexpr std::size_t longest_file = std::size_t{16} << 20U;
constexpr int most_rounds = 10'000; // all of them are made before the first one leaves

enum class Source { type, event, file };

Source source_of(const std::string& what)
{
    if (webhook::is_type(what))
        return Source::type;
    if (what.starts_with("evt_"))
        return Source::event;
    if (what == "-" || std::ifstream(what))
        return Source::file;
    webhook::parse_type(what); // throws, naming the nearest
    return Source::type;
}

std::string our_number(store::Scope& scope, const Workspace& workspace)
{
    if (std::string from = workspace.setting("from"); !from.empty())
        return from;
    const auto numbers = store::Numbers(scope).list(false);
    const auto found = std::find_if(
        numbers.begin(), numbers.end(), [](const auto& number) { return number.capabilities.sms; });
    if (found == numbers.end())
        throw Error(Exit::not_found,
                    "not_found.number",
                    fmt::format("workspace {} has no number that can text", workspace.name),
                    "run smsctl sync numbers, or name one: --set To=+1…");
    return found->address;
}

/// The message that a status is about: the one with the provider id in `changes`, else the newest
/// that the provider has taken, to the recipient in `changes` if one is there. Nothing where a
/// message has to be made up.
std::optional<sms::Message> reported_message(store::Scope& scope, const http::Form& changes)
{
    store::Messages messages(scope);
    if (const auto sid = http::first(changes, "MessageSid"); !sid.empty())
        return messages.by_provider_id(sid);
    const std::string_view to = http::first(changes, "To");
    store::MessageQuery query;
    query.direction = sms::Direction::outbound;
    query.with = to;
    query.limit = latest_messages;
    for (const sms::Message& message : messages.list(query))
        if (!message.provider_id.empty())
            return message;
    if (!to.empty())
        return std::nullopt;
    throw Error(Exit::not_found,
                "not_found.message",
                "no message was sent yet that a status could be about",
                "send one first, or name one: --set MessageSid=SM…; --set To=+1… makes one up");
}

webhook::TriggerSubject subject_of(bool inbound, const http::Form& changes, Session& session)
{
    const Workspace& workspace = session.workspace(Access::reading);
    store::Scope scope = session.scope(Access::reading);
    webhook::TriggerSubject subject;
    subject.account_id = workspace.account_id;
    subject.their_address = somebody;
    if (!inbound) {
        if (const auto message = reported_message(scope, changes)) {
            subject.provider_id = message->provider_id;
            subject.our_address = message->from;
            subject.their_address = message->to;
            return subject;
        }
    }
    if (!http::contains(changes, inbound ? "To" : "From"))
        subject.our_address = our_number(scope, workspace);
    return subject;
}

/// One round of a type: a single webhook, or those of a flow, which are about one message.
std::vector<webhook::Webhook> round_of_type(const std::string& type,
                                            webhook::TriggerSubject subject,
                                            const http::Form& changes,
                                            Session& session)
{
    const auto steps = webhook::steps_of(type);
    if (steps.size() > 1 && subject.provider_id.empty())
        subject.provider_id = webhook::new_message_id();
    std::vector<webhook::Webhook> round;
    for (const std::string& step : steps) {
        round.push_back(webhook::make_webhook(
            webhook::make_form(step, subject, changes, session.clock().now())));
        round.back().type = step;
    }
    return round;
}

std::string read_file(const std::string& name, Session& session)
{
    std::ifstream opened;
    if (name != "-")
        opened.open(name, std::ios::binary);
    std::istream& in = name == "-" ? session.streams().in : opened;
    std::string text;
    for (char c = 0; text.size() <= longest_file && in.get(c);)
        text += c;
    if (in.bad() || text.size() > longest_file)
        throw usage_error("usage.trigger_body",
                          fmt::format("{} cannot be read, or is larger than 16 MiB", name));
    return text;
}

webhook::Webhook stored(const std::string& id, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    store::EventLog log(scope);
    const auto event = log.by_id(id);
    if (!event)
        throw not_found_error("event", id, "smsctl tail --kind event lists them");
    return webhook::webhook_of(*event, webhook::decode(log.request_of(event->seq)));
}

std::vector<webhook::Webhook>
given(Source source, const std::string& what, const http::Form& changes, Session& session)
{
    std::vector<webhook::Webhook> webhooks;
    if (source == Source::event)
        webhooks.push_back(stored(what, session));
    else
        webhooks = webhook::read_webhooks(read_file(what, session), what == "-" ? "stdin" : what);
    for (webhook::Webhook& webhook : webhooks)
        webhook::change(webhook, changes);
    return webhooks;
}

void check_counts(const TriggerOptions& options)
{
    const int rounds = options.count.value_or(1);
    if (rounds < 1 || rounds > most_rounds)
        throw usage_error("usage.value",
                          fmt::format("--count: from 1 to {}, not {}", most_rounds, rounds));
}

/// `rounds`, each of which `make` makes, as they are to leave.
template <typename Make>
std::vector<webhook::Webhook> in_order(const TriggerOptions& options, Make make)
{
    std::vector<webhook::Webhook> planned;
    for (int round = 0; round < options.count.value_or(1); ++round)
        for (webhook::Webhook& webhook : make()) {
            if (options.duplicate)
                planned.push_back(webhook);
            planned.push_back(std::move(webhook));
        }
    if (options.shuffle)
        std::shuffle(planned.begin(), planned.end(), std::random_device());
    return planned;
}

} // namespace

http::Form changes_of(const TriggerOptions& options)
{
    http::Form changes;
    for (const std::string& text : options.changes) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0)
            throw usage_error("usage.value",
                              fmt::format("--set: '{}' is not FIELD=VALUE", text),
                              "such as --set Body='hello there'");
        changes.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return changes;
}

std::vector<webhook::Webhook> plan_webhooks(const TriggerOptions& options, Session& session)
{
    check_counts(options);
    const http::Form changes = changes_of(options);
    const Source source = source_of(options.what);
    if (source != Source::type) {
        auto webhooks = given(source, options.what, changes, session);
        return in_order(options, [&] {
            for (webhook::Webhook& webhook : webhooks) // another delivery each round
                webhook.idempotency_token = crypto::hex(crypto::random_bytes(16));
            return webhooks;
        });
    }
    // Before the database is asked: what is no type or field needs none.
    round_of_type(options.what, {}, changes, session);
    const bool inbound = options.what.starts_with("inbound");
    const webhook::TriggerSubject subject = subject_of(inbound, changes, session);
    return in_order(options,
                    [&] { return round_of_type(options.what, subject, changes, session); });
}

std::string origin_of(const TriggerOptions& options)
{
    const bool is_one_type =
        webhook::is_type(options.what) && webhook::steps_of(options.what).size() == 1;
    return is_one_type ? std::string() : options.what;
}

} // namespace smsctl
