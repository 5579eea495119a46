// What must hold at the end of a history.
#include "model/history.hpp"
#include "providers/twilio/payload.hpp"
#include "store/conversations.hpp"
#include "store/event_log.hpp"
#include "store/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace smsctl::model {

namespace {

bool is_from_us(const sim::Message& message)
{
    return message.direction != "inbound";
}

/// Not yet with the provider: planned, in the air, or nobody knows.
bool is_before_provider(sms::Status status)
{
    return status == sms::Status::planned || status == sms::Status::submitting ||
           status == sms::Status::in_doubt;
}

std::string code_of(const sms::Message& message)
{
    return message.failure ? message.failure->code : "0";
}

std::int64_t micros_of(const std::string& price)
{
    return price.empty() ? 0 : std::abs(parse_micros(price).value());
}

} // namespace

std::vector<std::string> History::problems()
{
    store::OpenOptions options;
    options.location = m_path;
    store::Database database(options);
    store::Scope scope = database.scope(m_workspace);
    std::vector<std::string> problems = database.check();
    check_bijection(scope, problems);
    check_counts(problems);
    check_log(scope, problems);
    check_conversations(scope, problems);
    // What others made comes by a sync alone; it must bring nothing else, and nothing twice.
    sync(scope);
    const auto stored = static_cast<std::size_t>(store::Messages(scope).count({}));
    std::set<std::string> known;
    std::size_t without_id = 0;
    for (const sms::Message& message : store::Messages(scope).list({})) {
        known.insert(message.provider_id);
        without_id += message.provider_id.empty() ? 1 : 0;
    }
    for (const sim::Message& remote : m_far_end.messages())
        if (!known.contains(remote.sid))
            problems.push_back(fmt::format("a sync leaves out {} '{}'", remote.sid, remote.body));
    if (stored != m_far_end.messages().size() + without_id)
        problems.push_back(fmt::format("a sync leaves {} messages for {} at the provider",
                                       stored - without_id,
                                       m_far_end.messages().size()));
    return problems;
}

/// Each message of the provider's that is ours, or came to us, is stored once and as it is there;
/// each stored one that has left is there.
void History::check_bijection(store::Scope& scope, std::vector<std::string>& problems)
{
    std::map<std::string, const sim::Message*> remote;
    for (const sim::Message& message : m_far_end.messages())
        remote.emplace(message.sid, &message);
    std::set<std::string> seen;
    for (const sms::Message& ours : store::Messages(scope).list({})) {
        if (ours.provider_id.empty()) {
            if (ours.status != sms::Status::planned && !sms::is_final(ours.status))
                problems.push_back(
                    fmt::format("{} '{}' stays {}", ours.id, ours.body, word(ours.status)));
            continue;
        }
        const auto found = remote.find(ours.provider_id);
        if (found == remote.end() || !seen.insert(ours.provider_id).second) {
            problems.push_back(
                fmt::format("{} is {}, not or twice there", ours.id, ours.provider_id));
            continue;
        }
        const sim::Message& theirs = *found->second;
        const auto status = providers::twilio::status_of(theirs.status);
        if (status != ours.status || theirs.body != ours.body || theirs.to != ours.to ||
            (is_from_us(theirs) &&
             micros_of(theirs.price) != (ours.price ? ours.price->micros : 0)) ||
            code_of(ours) != fmt::to_string(theirs.error_code))
            problems.push_back(fmt::format("{} '{}' is {} {} {} here, '{}' {} {} {} there",
                                           ours.provider_id,
                                           ours.body,
                                           word(ours.status),
                                           ours.price ? ours.price->micros : 0,
                                           code_of(ours),
                                           theirs.body,
                                           theirs.status,
                                           theirs.price,
                                           theirs.error_code));
    }
    for (const auto& [sid, message] : remote)
        if (!seen.contains(sid) && !message->body.starts_with("elsewhere"))
            problems.push_back(fmt::format(
                "{} '{}' to {} is at the provider alone", sid, message->body, message->to));
}

/// Nobody gets more than was asked for.
void History::check_counts(std::vector<std::string>& problems)
{
    std::map<std::pair<std::string, std::string>, int> left;
    for (const delivery::Draft& draft : m_asked)
        ++left[{draft.to, draft.body}];
    for (const sim::Message& message : m_far_end.messages())
        if (is_from_us(message) && !message.body.starts_with("elsewhere") &&
            --left[{message.to, message.body}] < 0)
            problems.push_back(
                fmt::format("'{}' went to {} once too often", message.body, message.to));
}

void History::check_conversations(store::Scope& scope, std::vector<std::string>& problems)
{
    for (const sms::Conversation& conversation : store::Conversations(scope).list(false, 0)) {
        store::MessageQuery query;
        query.conversation_row = conversation.row;
        const auto messages = store::Messages(scope).list(query);
        const auto inbound = std::count_if(messages.begin(), messages.end(), [](const auto& one) {
            return one.direction == sms::Direction::inbound;
        });
        if (std::cmp_not_equal(messages.size(), conversation.message_count) ||
            inbound != conversation.unread_count)
            problems.push_back(fmt::format("{} says {} messages, {} unread, and has {} and {}",
                                           conversation.id,
                                           conversation.message_count,
                                           conversation.unread_count,
                                           messages.size(),
                                           inbound));
    }
}

/// No status ever moved back, once the provider had the message.
void History::check_log(store::Scope& scope, std::vector<std::string>& problems)
{
    std::map<std::int64_t, sms::Status> last;
    for (const sms::Event& event : store::EventLog(scope).list({})) {
        const auto status = sms::parse_status(event.status);
        const bool tells =
            event.kind == sms::EventKind::status || event.kind == sms::EventKind::message;
        if (!tells || !status || event.message_row == 0)
            continue;
        const auto [before, is_first] = last.try_emplace(event.message_row, *status);
        if (!is_first && !is_before_provider(before->second) &&
            !sms::advance(before->second, *status))
            problems.push_back(fmt::format(
                "{} moved from {} to {}", event.message_id, word(before->second), word(*status)));
        before->second = *status;
    }
}

} // namespace smsctl::model
