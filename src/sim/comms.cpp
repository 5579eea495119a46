#include "sim/comms.hpp"

#include "core/text.hpp"
#include "sim/answer.hpp"
#include "sim/comms_list.hpp"
#include "sim/comms_request.hpp"
#include "sim/disturbed.hpp"
#include "sim/sign_in.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view root = "/v1/Messages";
constexpr std::chrono::days kept_for{7};

http::ServerResponse not_there(std::string_view path)
{
    const Problem problem = not_found(path);
    return answer(std::vector<CommsProblem>{{problem.http, problem.code, problem.message, {}}});
}

http::ServerResponse refused(int http, int code, std::string message)
{
    return answer(std::vector<CommsProblem>{{http, code, std::move(message), {}}});
}

bool is_json(const http::ServerRequest& request)
{
    return text::lower(http::header(request.headers, "Content-Type"))
        .starts_with("application/json");
}

/// Whether `to` is one of Twilio's magic numbers that no sender reaches.
bool is_unaddressable(std::string_view to)
{
    return to == "+15005550002" || to == "+15005550003";
}

} // namespace

std::optional<FaultScope> Comms::scope_of(const http::ServerRequest& request)
{
    if (request.method == "GET")
        return FaultScope::bulk_read;
    return request.method == "POST" && request.target == root ? std::optional(FaultScope::bulk)
                                                              : std::nullopt;
}

http::ServerResponse Comms::answer(const http::ServerRequest& request,
                                   const std::optional<Fault>& fault)
{
    if (!fault)
        return answer_to(request, false, false);
    const bool late = fault->kind == FaultKind::late;
    const bool lax = fault->kind == FaultKind::ignore_filters;
    http::ServerResponse real;
    if (is_carried_out(fault->kind))
        real = answer_to(request, late, lax);
    http::ServerResponse response = disturbed(*fault, std::move(real));
    if (const auto problem = problem_of(fault->kind)) {
        response.body = sim::answer(std::vector<CommsProblem>{
                                        {problem->http, problem->code, problem->message, {}}})
                            .body;
    }
    return response;
}

/// `late`: as if nothing could be seen yet; `lax`: as if no filter were known.
http::ServerResponse Comms::answer_to(const http::ServerRequest& request, bool late, bool lax)
{
    const std::string_view target = request.target;
    const auto question = target.find('?');
    const std::string_view path = target.substr(0, question);
    if (!is_signed_in(request, m_account))
        return refused(401, 20003, "Authenticate");
    if (path != root && !path.starts_with(std::string(root) + "/"))
        return not_there(path);
    Request taken{request.method,
                  fmt::format("http://{}{}", http::header(request.headers, "Host"), root),
                  {},
                  {},
                  request,
                  lax};
    if (path != root)
        taken.resource = text::split(path.substr(root.size() + 1), '/');
    if (question != std::string_view::npos)
        taken.query = http::decode_form(target.substr(question + 1));
    if (!late)
        return route(taken);
    const bool lists = taken.resource.empty() || taken.resource.back() == "Operations";
    if (!lists)
        return not_there(path);
    return sim::answer(200, empty_page_json(taken.resource.empty() ? "messages" : "operations"));
}

http::ServerResponse Comms::route(const Request& request)
{
    const auto& at = request.resource;
    if (at.empty() && request.method == "POST")
        return send(request);
    if (request.method != "GET")
        return refused(405, 20004, "Method not allowed");
    if (at.empty())
        return list_messages(request);
    if (at.size() == 1)
        return at[0] == "Operations" ? list_operations(request) : fetch_message(request, at[0]);
    if (at.size() == 2 && at[0] == "Operations")
        return fetch_operation(at[1]);
    if (at.size() == 2 && at[0] == "Seek")
        return seek(request, at[1]);
    return not_there(request.wire.target);
}

http::ServerResponse Comms::send(const Request& request)
{
    if (!is_json(request.wire))
        return refused(415, 20422, "The content type must be application/json.");
    const auto read = read_comms_send(request.wire.body, m_account, m_clock.now());
    if (const auto* problems = std::get_if<std::vector<CommsProblem>>(&read))
        return sim::answer(*problems);
    const auto& wanted = std::get<CommsSend>(read);
    CommsOperation& operation = m_operations.emplace_back();
    operation.id = new_id("operation");
    operation.tags = wanted.tags;
    operation.recipients = wanted.recipients.size();
    operation.send_at = wanted.send_at;
    operation.created_at = m_clock.now();
    for (const CommsRecipient& recipient : wanted.recipients)
        add(recipient, wanted, operation);
    const std::string location = fmt::format("{}/Operations/{}", request.base, operation.id);
    http::ServerResponse response =
        sim::answer(202, Json{{"operationId", operation.id}, {"operationLocation", location}});
    response.headers.emplace_back("Location", location);
    return response;
}

/// One recipient's message, unless nobody can reach them.
void Comms::add(const CommsRecipient& recipient, const CommsSend& send, CommsOperation& operation)
{
    if (is_unaddressable(recipient.address)) {
        ++operation.unaddressable;
        return;
    }
    Message message;
    message.sid = m_account.sids().next("SM");
    message.direction = "outbound-api";
    message.status = send.send_at ? "scheduled" : "accepted";
    if (recipient.address == "+15005550004") { // opted out, which only shows afterwards
        message.status = "failed";
        message.error_code = 21610;
    }
    message.to = recipient.address;
    message.from = send.from;
    message.body = recipient.body;
    message.segments = count_segments(message);
    message.send_at = send.send_at;
    message.created_at = operation.created_at;
    message.updated_at = operation.created_at;
    const Message& stored = m_ledger.add(std::move(message));
    m_messages.push_back({new_id("message"), &operation, &stored});
    operation.messages.push_back(&m_messages.back());
}

http::ServerResponse Comms::list_messages(const Request& request)
{
    const auto asked = read_list_query(request.query);
    if (const auto* problem = std::get_if<CommsProblem>(&asked))
        return sim::answer(std::vector{*problem});
    const auto& query = std::get<CommsListQuery>(asked);
    return sim::answer(200, page_json("messages", m_messages, query, [&](const CommsMessage& each) {
                           const bool wanted = request.ignores_filters || query.takes(each);
                           return is_visible(each.operation->created_at) && wanted
                                      ? message_json(each, request.base)
                                      : Json(nullptr);
                       }));
}

http::ServerResponse Comms::list_operations(const Request& request)
{
    const auto asked = read_list_query(request.query);
    if (const auto* problem = std::get_if<CommsProblem>(&asked))
        return sim::answer(std::vector{*problem});
    const auto& query = std::get<CommsListQuery>(asked);
    return sim::answer(
        200, page_json("operations", m_operations, query, [&](const CommsOperation& each) {
            Json json = operation_json(each);
            const bool wanted =
                request.ignores_filters || query.takes(each, json["status"].get<std::string>());
            return is_visible(each.created_at) && wanted ? json : Json(nullptr);
        }));
}

http::ServerResponse Comms::fetch_operation(std::string_view id)
{
    const auto found =
        std::find_if(m_operations.begin(), m_operations.end(), [&](const CommsOperation& each) {
            return each.id == id && is_visible(each.created_at);
        });
    return found == m_operations.end() ? not_there(id) : sim::answer(200, operation_json(*found));
}

http::ServerResponse Comms::fetch_message(const Request& request, std::string_view id)
{
    const auto found =
        std::find_if(m_messages.begin(), m_messages.end(), [&](const CommsMessage& each) {
            return each.id == id && is_visible(each.operation->created_at);
        });
    return found == m_messages.end()
               ? not_there(id)
               : sim::answer(200, whole_message_json(*found, request.base, m_account.sid()));
}

http::ServerResponse Comms::seek(const Request& request, std::string_view identifier)
{
    const auto found =
        std::find_if(m_messages.begin(), m_messages.end(), [&](const CommsMessage& each) {
            return each.message->sid == identifier && is_visible(each.operation->created_at);
        });
    if (found == m_messages.end())
        return not_there(identifier);
    http::ServerResponse response;
    response.status = 301;
    response.headers.emplace_back("Location", request.base + "/" + found->id);
    return response;
}

/// "comms_operation_" and 26 of Crockford's digits, the first below 8, as Twilio's look.
std::string Comms::new_id(std::string_view kind)
{
    constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";
    constexpr std::size_t length = 25;
    const std::string name = fmt::format("comms_{}_", kind);
    const std::string hex = m_account.sids().next_hex(name) + m_account.sids().next_hex(name);
    std::string id = name + '0';
    for (std::size_t i = 0; i < length; ++i)
        id += digits[std::stoul(hex.substr(2 * i, 2), nullptr, 16) % digits.size()];
    return id;
}

bool Comms::is_visible(Instant created_at) const
{
    return created_at + kept_for > m_clock.now();
}

} // namespace smsctl::sim
