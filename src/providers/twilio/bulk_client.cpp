// Twilio's bulk API has no idempotency key and no cancel, and one lost answer may stand for
// thousands of messages. So a POST goes out once, over a fresh connection (libcurl repeats a
// request by itself only on a kept one), and everything that is not certain is `Unknown`. What is
// known of a request afterwards is found by its tag; look-ups may be late, and filters may be
// overlooked.
#include "providers/twilio/bulk_client.hpp"

#include "core/time_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

namespace smsctl::providers::twilio {

namespace {

constexpr std::string_view real_base = "https://comms.twilio.com";
constexpr const char* messages_path = "/v1/Messages";
constexpr const char* operations_path = "/v1/Messages/Operations";
constexpr Millis submit_timeout = std::chrono::minutes(2); // megabytes over a slow line

/// Answers that are known to come before anything was created. 429 is apart: it may go again.
bool is_refusal(int http)
{
    constexpr std::array<int, 6> refusals{400, 401, 403, 404, 413, 415};
    return std::find(refusals.begin(), refusals.end(), http) != refusals.end();
}

/// What is wrong with a request; empty when nothing is.
std::string problem_of(const BulkRequest& request)
{
    if (request.batch_id.empty())
        return "it has no batch id";
    if (request.rows.empty() || request.rows.size() > most_bulk_rows)
        return fmt::format("it has {} rows", request.rows.size());
    if (const std::string problem = bulk_sender_obstacle(request.from); !problem.empty())
        return "its sender " + problem;
    std::unordered_set<std::string_view> recipients;
    for (const BulkRow& row : request.rows) {
        if (const std::string problem = bulk_obstacle(row); !problem.empty())
            return fmt::format("{} {}", row.to, problem);
        if (!recipients.insert(row.to).second)
            return row.to + " is there twice";
    }
    return {};
}

bool is_of_batch(const BulkMessage& message, const std::string& batch_id)
{
    const auto tag = message.tags.find(bulk_tag);
    return tag != message.tags.end() && tag->second == batch_id;
}

std::string list_path(const BulkQuery& query, const std::string& token)
{
    http::Form form;
    if (query.operation_id.empty())
        form.emplace_back("tags", fmt::format("{}:{};", bulk_tag, query.batch_id));
    else
        form.emplace_back("operationId", query.operation_id);
    if (query.since)
        form.emplace_back("startDate", text::rfc3339(*query.since));
    form.emplace_back("pageSize", "1000");
    if (!token.empty())
        form.emplace_back("pageToken", token);
    return fmt::format("{}?{}", messages_path, http::encode_form(form));
}

/// Keeps those of the batch. A name that Twilio does not know filters nothing, without a word: so
/// a single message of somebody else's tells that the rest of the account would follow.
void take(std::vector<BulkMessage> page, const BulkQuery& query, BulkReadBack& found)
{
    for (BulkMessage& message : page) {
        const bool ours = is_of_batch(message, query.batch_id);
        const bool asked_for = query.operation_id.empty() || message.operation_id.empty() ||
                               message.operation_id == query.operation_id;
        found.filter_honoured = found.filter_honoured && ours && asked_for;
        if (!ours)
            continue;
        if (!message.operation_id.empty())
            found.operation_ids.insert(message.operation_id);
        found.messages.push_back(std::move(message));
    }
}

std::string path_below(const char* path, std::string_view id)
{
    return fmt::format("{}/{}", path, http::encode_component(id));
}

} // namespace

BulkClient::BulkClient(std::string_view name, ProviderConfig config)
    : m_api(name, std::move(config), real_base)
{
}

BulkOutcome BulkClient::submit(const BulkRequest& request)
{
    if (const std::string problem = problem_of(request); !problem.empty())
        throw Error(Exit::failed,
                    "internal.bulk_request",
                    "a bulk request was put together wrongly: " + problem,
                    "this is a bug of smsctl; nothing was sent");
    const http::Result result = m_api.post_json(messages_path, bulk_body(request), submit_timeout);
    const auto* const response = std::get_if<http::Response>(&result);
    if (response == nullptr || response->status < 200 || response->status > 299)
        return refused(result);
    if (std::string id = read_operation_id(*response); !id.empty())
        return BulkAccepted{std::move(id)};
    if (response->status == 202)
        return BulkAcceptedUntracked{};
    return Unknown{fmt::format("HTTP {} without the name of an operation", response->status)};
}

/// What anything but a success amounts to.
BulkOutcome BulkClient::refused(const http::Result& result)
{
    SubmitOutcome outcome = m_api.submitted(result);
    if (auto* not_sent = std::get_if<NotSent>(&outcome))
        return std::move(*not_sent);
    if (auto* unknown = std::get_if<Unknown>(&outcome))
        return std::move(*unknown);
    ProviderError error = std::get<Rejected>(std::move(outcome)).error;
    const auto& response = std::get<http::Response>(result);
    if (!is_refusal(response.status))
        return Unknown{fmt::format("HTTP {}: {}", response.status, error.message)};
    BulkRejected rejected{std::move(error), read_bulk_faults(response.body)};
    for (BulkFault& fault : rejected.faults) {
        fault.message = m_api.scrubbed(std::move(fault.message));
        fault.context = m_api.scrubbed(std::move(fault.context));
    }
    return rejected;
}

template <typename Value>
std::optional<Value> BulkClient::get(const std::string& path, Reader<Value> read)
{
    std::optional<Value> value;
    const http::Response response = m_api.settle([&] { return m_api.get(path); },
                                                 [&](const std::string& body) {
                                                     value = read(body);
                                                     return value.has_value();
                                                 });
    if (!value && response.status != 404)
        throw m_api.refusal(response);
    return value;
}

std::optional<BulkOperation> BulkClient::fetch_operation(std::string_view operation_id)
{
    return get<BulkOperation>(path_below(operations_path, operation_id), read_bulk_operation);
}

std::optional<BulkMessage> BulkClient::fetch_message(std::string_view message_id)
{
    return get<BulkMessage>(path_below(messages_path, message_id), read_bulk_message);
}

/// Pages may be short or empty with more to come: only the token says where the end is.
BulkReadBack BulkClient::read_back(const BulkQuery& query)
{
    BulkReadBack found;
    std::set<std::string> seen;
    std::string token;
    do {
        if (!token.empty() && !has_request_left()) {
            found.is_cut_off = true;
            break;
        }
        auto page = get<BulkPage>(list_path(query, token), read_bulk_page);
        if (!page)
            throw m_api.unusable("it knows no list of bulk messages");
        take(std::move(page->messages), query, found);
        token = page->next;
        if (!token.empty() && !seen.insert(token).second)
            throw m_api.unusable("its pages go round in a circle");
    } while (!token.empty() && found.filter_honoured);
    return found;
}

} // namespace smsctl::providers::twilio
