#include "sim/messages_resource.hpp"

#include "core/time_text.hpp"
#include "sim/create.hpp"
#include "sim/filters.hpp"
#include "sim/media_content.hpp"
#include "sim/wire.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smsctl::sim {

namespace {

/// The medium of `message` with that SID, unless it was deleted.
MessageMedia* find_medium(Message& message, std::string_view sid)
{
    for (MessageMedia& each : message.media)
        if (each.sid == sid && !each.deleted)
            return &each;
    return nullptr;
}

} // namespace

http::ServerResponse MessagesResource::answer(const ApiRequest& request)
{
    const auto& at = request.resource;
    if (at.size() == 1) {
        if (request.writes())
            return create(request);
        return request.reads() ? list(request) : sim::answer(method_not_allowed());
    }
    Message* message = m_ledger.find(at[1]);
    if (message == nullptr)
        return sim::answer(not_found(request.path));
    if (at.size() == 2)
        return one(request, *message);
    if (at.size() == 3 && at[2] == "Media")
        return media(request, *message);
    if (at.size() == 4 && at[2] == "Media")
        return medium(request, *message);
    if (at.size() == 3 && at[2] == "Feedback")
        return feedback(request, *message);
    return sim::answer(not_found(request.path));
}

http::ServerResponse MessagesResource::create(const ApiRequest& request)
{
    auto made = create_message(request.form, m_account, m_clock.now());
    if (const auto* problem = std::get_if<Problem>(&made))
        return sim::answer(*problem);
    const Message& message = m_ledger.add(std::move(std::get<Message>(made)));
    http::ServerResponse response = sim::answer(201, message_json(message, m_account.sid()));
    // As recorded from the real thing: the request shares the message's digits.
    response.headers.emplace_back("Twilio-Request-Id", "RQ" + message.sid.substr(2));
    return response;
}

http::ServerResponse MessagesResource::list(const ApiRequest& request)
{
    const auto sent = DateRange::read(request.query, "DateSent");
    if (const auto* problem = std::get_if<Problem>(&sent))
        return sim::answer(*problem);
    const auto found = m_ledger.newest_first([&](const Message& each) {
        return is_between(each.from, each.to, request.query) &&
               std::get<DateRange>(sent).holds(each.sent_at);
    });
    return answer_page(request, "messages", found, [&](const Message& each) {
        return message_json(each, m_account.sid());
    });
}

http::ServerResponse MessagesResource::one(const ApiRequest& request, Message& message)
{
    if (request.reads())
        return sim::answer(200, message_json(message, m_account.sid()));
    if (request.writes())
        return update(request, message);
    if (!request.deletes())
        return sim::answer(method_not_allowed());
    if (!is_final(message) && message.status != "sent")
        return sim::answer(Problem{
            409, 20009, "Cannot delete message because delivery has not been completed.", {}});
    message.deleted = true;
    return no_content();
}

http::ServerResponse MessagesResource::update(const ApiRequest& request, Message& message)
{
    const bool redacts = http::contains(request.form, "Body");
    const bool cancels = http::contains(request.form, "Status");
    if (redacts == cancels || !http::first(request.form, "Body").empty() ||
        (cancels && http::first(request.form, "Status") != "canceled"))
        return sim::answer(Problem{
            400, 30400, "Exactly one of an empty Body or Status=canceled is required.", {}});
    if (redacts) {
        if (!is_final(message) && message.status != "sent")
            return sim::answer(
                Problem{409, 20009, "Cannot redact a message that is still in flight.", {}});
        m_ledger.redact(message);
    } else {
        if (message.status != "scheduled" && message.status != "accepted" &&
            message.status != "queued")
            return sim::answer(Problem{409, 30409, "Message can no longer be canceled.", {}});
        m_ledger.cancel(message);
    }
    return sim::answer(200, message_json(message, m_account.sid()));
}

http::ServerResponse MessagesResource::media(const ApiRequest& request, Message& message)
{
    if (!request.reads())
        return sim::answer(method_not_allowed());
    const auto created = DateRange::read(request.query, "DateCreated");
    if (const auto* problem = std::get_if<Problem>(&created))
        return sim::answer(*problem);
    std::vector<const MessageMedia*> records;
    for (const MessageMedia& each : message.media)
        if (!each.deleted && std::get<DateRange>(created).holds(message.created_at))
            records.push_back(&each);
    return answer_page(request, "media_list", records, [&](const MessageMedia& each) {
        return media_json(message, each, m_account.sid());
    });
}

http::ServerResponse MessagesResource::medium(const ApiRequest& request, Message& message)
{
    MessageMedia* found = find_medium(message, request.resource[3]);
    if (found == nullptr)
        return sim::answer(not_found(request.path));
    if (request.reads())
        return sim::answer(200, media_json(message, *found, m_account.sid()));
    if (!request.deletes())
        return sim::answer(method_not_allowed());
    found->deleted = true;
    return no_content();
}

http::ServerResponse MessagesResource::feedback(const ApiRequest& request, Message& message)
{
    if (!request.writes())
        return sim::answer(method_not_allowed());
    const std::string_view asked = http::first(request.form, "Outcome");
    const std::string outcome(asked.empty() ? "unconfirmed" : asked);
    if (outcome != "confirmed" && outcome != "unconfirmed")
        return sim::answer(
            Problem{400, 20001, fmt::format("Invalid value for Outcome: {}", outcome), {}});
    message.feedback = outcome;
    return sim::answer(201, feedback_json(message, m_account.sid(), m_clock.now()));
}

http::ServerResponse MessagesResource::content(const ApiRequest& request)
{
    Message* message = m_ledger.find(request.resource[1]);
    const MessageMedia* found =
        message == nullptr ? nullptr : find_medium(*message, request.resource[3]);
    if (found == nullptr)
        return sim::answer(not_found(request.path));
    if (request.deletes())
        return medium(request, *message);
    if (!request.reads())
        return sim::answer(method_not_allowed());
    http::ServerResponse response;
    response.status = 307;
    response.headers.emplace_back("Location",
                                  content_url(request.base.substr(request.base.find("//") + 2),
                                              message->sid + "/" + found->sid,
                                              m_account.auth_token(),
                                              m_clock.now()));
    return response;
}

http::ServerResponse MessagesResource::bytes(const http::ServerRequest& request)
{
    const ContentVerdict verdict = judge_content(request, m_account.auth_token(), m_clock.now());
    if (verdict.name.empty())
        return verdict.refusal;
    const auto slash = verdict.name.find('/');
    Message* message = m_ledger.find(verdict.name.substr(0, slash));
    const MessageMedia* found =
        message == nullptr ? nullptr : find_medium(*message, verdict.name.substr(slash + 1));
    if (found == nullptr)
        return sim::answer(not_found(request.target));
    MediaFile file = media_file(found->url);
    http::ServerResponse response;
    response.headers.emplace_back("Content-Type", std::move(file.content_type));
    response.body = std::move(file.bytes);
    return response;
}

} // namespace smsctl::sim
