#include "sim/twilio.hpp"

#include "core/text.hpp"
#include "sim/answer.hpp"
#include "sim/create.hpp"
#include "sim/filters.hpp"
#include "sim/number_settings.hpp"
#include "sim/paging.hpp"
#include "sim/sign_in.hpp"
#include "sim/wire.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view accounts_root = "/2010-04-01/Accounts/";
constexpr std::string_view suffix = ".json";

bool is_form(const http::ServerRequest& request)
{
    return text::lower(http::header(request.headers, "Content-Type"))
        .starts_with("application/x-www-form-urlencoded");
}

/// The page of `records` that the query asks for, under `key`.
template <typename Records, typename ToJson>
http::ServerResponse
answer_page(const ApiRequest& request, const char* key, const Records& records, ToJson to_json)
{
    std::vector<std::string_view> sids;
    sids.reserve(records.size());
    for (const auto* record : records)
        sids.push_back(record->sid);
    const auto found = find_page(request.query, sids);
    if (const auto* problem = std::get_if<Problem>(&found))
        return answer(*problem);
    const Page& page = std::get<Page>(found);
    Json body = page_json(page, request.path, request.query, sids);
    Json list = Json::array();
    for (std::size_t i = page.first; i < page.first + page.count; ++i)
        list.push_back(to_json(*records[i]));
    body[key] = std::move(list);
    return answer(200, body);
}

} // namespace

Twilio::Twilio(Account& account, Ledger& ledger, Clock& clock)
    : m_account(account), m_ledger(ledger), m_clock(clock)
{
}

http::ServerResponse Twilio::answer(const http::ServerRequest& request)
{
    const std::string_view target = request.target;
    const auto question = target.find('?');
    ApiRequest api;
    api.method = request.method;
    api.path = target.substr(0, question);
    if (question != std::string_view::npos)
        api.query = http::decode_form(target.substr(question + 1));
    if (is_form(request))
        api.form = http::decode_form(request.body);

    if (!is_signed_in(request, m_account))
        return sim::answer(
            Problem{401, 20003, "Authenticate", "Your AccountSid or AuthToken was incorrect."});
    std::string_view rest = api.path;
    if (!rest.starts_with(accounts_root) || !rest.ends_with(suffix))
        return sim::answer(not_found(api.path));
    rest.remove_prefix(accounts_root.size());
    rest.remove_suffix(suffix.size());
    api.resource = text::split(rest, '/');
    if (api.resource.front() != m_account.sid())
        return sim::answer(not_found(api.path));
    api.resource.erase(api.resource.begin());
    return route(api);
}

http::ServerResponse Twilio::route(const ApiRequest& request)
{
    const auto& at = request.resource;
    const bool reading = request.method == "GET";
    if (at.empty())
        return reading ? sim::answer(200, account_json(m_account))
                       : sim::answer(method_not_allowed());
    if (at.size() == 1 && at[0] == "Balance")
        return reading ? sim::answer(200, balance_json(m_account))
                       : sim::answer(method_not_allowed());
    if (at[0] == "Messages")
        return messages(request);
    if (at[0] == "IncomingPhoneNumbers")
        return numbers(request);
    return sim::answer(not_found(request.path));
}

http::ServerResponse Twilio::messages(const ApiRequest& request)
{
    const auto& at = request.resource;
    if (at.size() == 2)
        return message(request);
    if ((at.size() == 3 || at.size() == 4) && at[2] == "Media")
        return media(request);
    if (at.size() != 1)
        return sim::answer(not_found(request.path));
    if (request.method == "POST")
        return create(request);
    return request.method == "GET" ? list(request) : sim::answer(method_not_allowed());
}

http::ServerResponse Twilio::create(const ApiRequest& request)
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

http::ServerResponse Twilio::list(const ApiRequest& request)
{
    if (const auto problem = check_message_query(request.query))
        return sim::answer(*problem);
    const auto found =
        m_ledger.newest_first([&](const Message& each) { return matches(each, request.query); });
    return answer_page(request, "messages", found, [&](const Message& each) {
        return message_json(each, m_account.sid());
    });
}

http::ServerResponse Twilio::message(const ApiRequest& request)
{
    Message* found = m_ledger.find(request.resource[1]);
    if (found == nullptr)
        return sim::answer(not_found(request.path));
    if (request.method == "GET")
        return sim::answer(200, message_json(*found, m_account.sid()));
    if (request.method == "POST")
        return update(request, *found);
    if (request.method != "DELETE")
        return sim::answer(method_not_allowed());
    if (!is_final(*found) && found->status != "sent")
        return sim::answer(Problem{
            409, 20009, "Cannot delete message because delivery has not been completed.", {}});
    found->deleted = true;
    http::ServerResponse response;
    response.status = 204;
    return response;
}

http::ServerResponse Twilio::update(const ApiRequest& request, Message& message)
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

http::ServerResponse Twilio::media(const ApiRequest& request)
{
    Message* found = m_ledger.find(request.resource[1]);
    if (found == nullptr)
        return sim::answer(not_found(request.path));
    if (request.method != "GET")
        return sim::answer(method_not_allowed());
    std::vector<const MessageMedia*> records;
    for (const MessageMedia& each : found->media)
        if (request.resource.size() == 3 || each.sid == request.resource[3])
            records.push_back(&each);
    const auto to_json = [&](const MessageMedia& each) {
        return media_json(*found, each, m_account.sid());
    };
    if (request.resource.size() == 3)
        return answer_page(request, "media_list", records, to_json);
    return records.empty() ? sim::answer(not_found(request.path))
                           : sim::answer(200, to_json(*records.front()));
}

http::ServerResponse Twilio::numbers(const ApiRequest& request)
{
    if (request.resource.size() == 2)
        return number(request);
    if (request.resource.size() != 1)
        return sim::answer(not_found(request.path));
    if (request.method != "GET")
        return sim::answer(method_not_allowed());
    std::vector<const PhoneNumber*> found;
    for (const PhoneNumber& each : m_account.numbers())
        if (matches(each, request.query))
            found.push_back(&each);
    return answer_page(request, "incoming_phone_numbers", found, [&](const PhoneNumber& each) {
        return number_json(each, m_account.sid());
    });
}

http::ServerResponse Twilio::number(const ApiRequest& request)
{
    PhoneNumber* found = m_account.by_sid(request.resource[1]);
    if (found == nullptr)
        return sim::answer(not_found(request.path));
    if (request.method == "POST") {
        if (const auto problem = change_settings(*found, request.form, m_clock.now()))
            return sim::answer(*problem);
    } else if (request.method != "GET") {
        return sim::answer(method_not_allowed());
    }
    return sim::answer(200, number_json(*found, m_account.sid()));
}

} // namespace smsctl::sim
