#pragma once

#include "core/clock.hpp"
#include "http/form.hpp"
#include "sim/comms_wire.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace smsctl::sim {

/// What a list of the bulk API is asked for. Names it does not know are passed over, as Twilio is
/// told to do.
struct CommsListQuery {
    bool takes(const CommsMessage& message) const;
    bool takes(const CommsOperation& operation, std::string_view operation_status) const;

    std::size_t first = 0; ///< where the page begins, among all that there is
    std::size_t size = 0;
    std::string operation_id; ///< empty: any
    std::string status;       ///< empty: any
    std::map<std::string, std::string> tags;
    std::optional<Instant> start;
    std::optional<Instant> end;
};

std::variant<CommsListQuery, CommsProblem> read_list_query(const http::Form& query);
/// Says nothing of what it means, as far as a client can see.
std::string page_token(std::size_t first);
nlohmann::ordered_json empty_page_json(const char* name);

/// A page of `items` under `name`. It is cut first and filtered afterwards: `to_json` gives null
/// for what does not belong, so that a page can be short, or empty, with more behind it.
template <typename Items, typename ToJson>
nlohmann::ordered_json
page_json(const char* name, const Items& items, const CommsListQuery& query, ToJson to_json)
{
    const std::size_t end = std::min(items.size(), query.first + query.size);
    nlohmann::ordered_json page = empty_page_json(name);
    for (std::size_t i = query.first; i < end; ++i)
        if (nlohmann::ordered_json json = to_json(items[i]); !json.is_null())
            page[name].push_back(std::move(json));
    page["pagination"]["self"] = page_token(query.first);
    if (end < items.size())
        page["pagination"]["next"] = page_token(end);
    return page;
}

} // namespace smsctl::sim
