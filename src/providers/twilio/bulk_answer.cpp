#include "providers/twilio/bulk_answer.hpp"

#include "core/text.hpp"
#include "providers/twilio/json_fields.hpp"
#include "providers/twilio/payload.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace smsctl::providers::twilio {

namespace {

using nlohmann::json;

/// What stands behind the last slash, without a query.
std::string_view tail(std::string_view address)
{
    address = address.substr(0, address.find_first_of("?#"));
    return address.substr(address.rfind('/') + 1); // npos + 1: the whole
}

/// The list under `name`; an empty one when there is none.
json list_of(const json& object, const char* name)
{
    const auto list = object.find(name);
    return list != object.end() && list->is_array() ? *list : json::array();
}

std::string address_of(const json& end)
{
    return end.is_object() ? text_of(end, "address") : std::string();
}

/// The row in "$.to[12].address".
std::optional<std::size_t> row_of(std::string_view context)
{
    constexpr std::string_view before = "$.to[";
    const auto end = context.find(']');
    if (!context.starts_with(before) || end == std::string_view::npos)
        return std::nullopt;
    const auto row = text::to_integer(context.substr(before.size(), end - before.size()));
    return row && *row >= 0 ? std::optional<std::size_t>(*row) : std::nullopt;
}

BulkFault fault_of(const json& entry)
{
    BulkFault fault;
    fault.code = integer_of(text_of(entry, "code"));
    fault.message = text_of(entry, "message");
    fault.context = text_of(entry, "context");
    if (fault.context == "null") // as Twilio's own examples have it
        fault.context.clear();
    fault.row = row_of(fault.context);
    return fault;
}

int count_of(const json& stats, const char* name)
{
    return stats.is_object() ? std::max(0, integer_of(text_of(stats, name)).value_or(0)) : 0;
}

std::optional<BulkOperation> operation_of(const json& from)
{
    if (!from.is_object() || !is_operation_id(text_of(from, "id")))
        return std::nullopt;
    BulkOperation operation;
    operation.id = text_of(from, "id");
    operation.status_word = text_of(from, "status");
    operation.finished =
        operation.status_word == "COMPLETED" || operation.status_word == "CANCELED";
    const json stats = from.value("stats", json::object());
    operation.recipients = count_of(stats, "recipients");
    operation.unaddressable = count_of(stats, "unaddressable");
    operation.created_at = date_of(from, "createdAt");
    return operation;
}

BulkAttempt attempt_of(const json& from)
{
    BulkAttempt attempt;
    attempt.status_word = text_of(from, "status");
    // Only told as the end of a console address.
    const std::string address = text_of(from, "infoUrl");
    if (const std::string_view id = tail(address);
        is_sid(id) && (id.starts_with("SM") || id.starts_with("MM")))
        attempt.provider_id = id;
    if (const auto error = from.find("error"); error != from.end() && error->is_object())
        attempt.failure = failure_of(text_of(*error, "code"), text_of(*error, "message"));
    return attempt;
}

std::optional<BulkMessage> message_of(const json& from)
{
    if (!from.is_object() || text_of(from, "id").empty())
        return std::nullopt;
    BulkMessage message;
    message.id = text_of(from, "id");
    if (const auto sender = from.find("from"); sender != from.end())
        message.from = address_of(*sender);
    if (const json recipients = list_of(from, "to"); !recipients.empty())
        message.to = address_of(recipients.front());
    message.status_word = text_of(from, "status");
    message.status = bulk_status_of(message.status_word);
    for (const json& related : list_of(from, "related"))
        if (related.is_object() && text_of(related, "name") == "OPERATION")
            message.operation_id = text_of(related, "id");
    if (const auto tags = from.find("tags"); tags != from.end() && tags->is_object())
        for (const auto& [name, value] : tags->items())
            message.tags[name] = text_of(*tags, name.c_str());
    message.created_at = date_of(from, "createdAt");
    message.updated_at = date_of(from, "updatedAt");
    for (const json& attempt : list_of(from, "attempts"))
        if (attempt.is_object())
            message.attempts.push_back(attempt_of(attempt));
    return message;
}

} // namespace

std::vector<BulkFault> read_bulk_faults(std::string_view json)
{
    std::vector<BulkFault> faults;
    const auto answer = parse_json(json);
    if (answer.is_object())
        for (const auto& entry : list_of(answer, "errors"))
            if (entry.is_object())
                faults.push_back(fault_of(entry));
    return faults;
}

bool is_operation_id(std::string_view text)
{
    constexpr std::string_view prefix = "comms_operation_";
    constexpr std::size_t longest = 64;
    return text.starts_with(prefix) && text.size() > prefix.size() && text.size() <= longest &&
           std::all_of(text.begin() + prefix.size(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
           });
}

std::string read_operation_id(const http::Response& response)
{
    const json body = parse_json(response.body);
    std::string id;
    std::string location;
    if (body.is_object()) {
        id = text_of(body, "operationId");
        location = text_of(body, "operationLocation");
    }
    const auto header = [&](const char* name) { return http::header(response.headers, name); };
    for (const std::string_view candidate : {std::string_view(id),
                                             tail(location),
                                             tail(header("Location")),
                                             header("operationId"),
                                             header("Operation-Id"),
                                             tail(header("Operation-Location"))})
        if (is_operation_id(candidate))
            return std::string(candidate);
    return {};
}

std::optional<BulkOperation> read_bulk_operation(std::string_view json)
{
    return operation_of(parse_json(json));
}

std::optional<BulkMessage> read_bulk_message(std::string_view json)
{
    return message_of(parse_json(json));
}

/// Nothing when one of its messages cannot be read, or nobody says whether there are more: a part
/// would look like the whole.
std::optional<BulkPage> read_bulk_page(std::string_view json)
{
    const auto answer = parse_json(json);
    if (!answer.is_object())
        return std::nullopt;
    const auto messages = answer.find("messages");
    const auto pagination = answer.find("pagination");
    if (messages == answer.end() || !messages->is_array() || pagination == answer.end() ||
        !pagination->is_object())
        return std::nullopt;
    BulkPage page;
    for (const auto& item : *messages) {
        auto message = message_of(item);
        if (!message)
            return std::nullopt;
        page.messages.push_back(*std::move(message));
    }
    page.next = text_of(*pagination, "next");
    return page;
}

std::optional<sms::Status> bulk_status_of(std::string_view word)
{
    using enum sms::Status;
    constexpr std::array<std::pair<std::string_view, sms::Status>, 8> words{
        {{"SCHEDULED", scheduled},
         {"QUEUED", queued},
         {"SENT", sent},
         {"DELIVERED", delivered},
         {"READ", read},
         {"UNDELIVERED", undelivered},
         {"FAILED", failed},
         {"CANCELED", canceled}}};
    const auto* const found = std::find_if(
        words.begin(), words.end(), [&](const auto& entry) { return entry.first == word; });
    return found == words.end() ? std::nullopt : std::optional(found->second);
}

} // namespace smsctl::providers::twilio
