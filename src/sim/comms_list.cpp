#include "sim/comms_list.hpp"

#include "core/crypto.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"

#include <fmt/format.h>

namespace smsctl::sim {

namespace {

constexpr long long usual_page_size = 50;
constexpr long long largest_page_size = 1000;
constexpr std::string_view token_mark = "sim#";

CommsProblem bad_parameter(std::string_view name)
{
    return {400, 20422, fmt::format("'{}' is not valid.", name), std::string(name)};
}

/// "key:value;key2:value2;"; nothing for another form.
std::optional<std::map<std::string, std::string>> read_tags(std::string_view text)
{
    std::map<std::string, std::string> tags;
    if (!text.empty() && !text.ends_with(';'))
        return std::nullopt;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find(';'));
        const auto colon = pair.find(':');
        if (colon == std::string_view::npos || colon == 0)
            return std::nullopt;
        tags[std::string(pair.substr(0, colon))] = pair.substr(colon + 1);
        text.remove_prefix(pair.size() + 1);
    }
    return tags;
}

std::optional<std::size_t> read_token(std::string_view token)
{
    const auto plain = crypto::unbase64(token);
    if (!plain || !plain->starts_with(token_mark))
        return std::nullopt;
    const auto first = text::to_integer(std::string_view(*plain).substr(token_mark.size()));
    return first && *first >= 0 ? std::optional<std::size_t>(*first) : std::nullopt;
}

bool is_within(const CommsListQuery& query, Instant created_at)
{
    return (!query.start || created_at >= *query.start) && (!query.end || created_at <= *query.end);
}

} // namespace

bool CommsListQuery::takes(const CommsMessage& message) const
{
    const CommsOperation& operation = *message.operation;
    return (operation_id.empty() || operation_id == operation.id) &&
           (status.empty() || status == comms_status(message.message->status)) &&
           is_within(*this, operation.created_at) &&
           std::all_of(tags.begin(), tags.end(), [&](const auto& tag) {
               const auto found = operation.tags.find(tag.first);
               return found != operation.tags.end() && found->second == tag.second;
           });
}

bool CommsListQuery::takes(const CommsOperation& operation, std::string_view operation_status) const
{
    return (status.empty() || status == operation_status) && is_within(*this, operation.created_at);
}

std::variant<CommsListQuery, CommsProblem> read_list_query(const http::Form& query)
{
    CommsListQuery asked;
    const std::string_view size_text = http::first(query, "pageSize");
    const auto size = size_text.empty() ? usual_page_size : text::to_integer(size_text).value_or(0);
    if (size < 1 || size > largest_page_size)
        return bad_parameter("pageSize");
    asked.size = static_cast<std::size_t>(size);
    if (const std::string_view token = http::first(query, "pageToken"); !token.empty()) {
        const auto first = read_token(token);
        if (!first)
            return bad_parameter("pageToken");
        asked.first = *first;
    }
    auto tags = read_tags(http::first(query, "tags"));
    if (!tags)
        return bad_parameter("tags");
    asked.tags = *std::move(tags);
    asked.operation_id = http::first(query, "operationId");
    asked.status = http::first(query, "status");
    for (const auto& [name, target] :
         {std::pair("startDate", &asked.start), std::pair("endDate", &asked.end)}) {
        const std::string_view date = http::first(query, name);
        *target = text::parse_rfc3339(date);
        if (!date.empty() && !*target)
            return bad_parameter(name);
    }
    return asked;
}

std::string page_token(std::size_t first)
{
    return crypto::base64(fmt::format("{}{}", token_mark, first));
}

nlohmann::ordered_json empty_page_json(const char* name)
{
    return {{name, nlohmann::ordered_json::array()},
            {"pagination", {{"next", nullptr}, {"self", page_token(0)}}}};
}

} // namespace smsctl::sim
