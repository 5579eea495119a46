#pragma once

#include "http/form.hpp"
#include "http/server.hpp"
#include "sim/answer.hpp"
#include "sim/paging.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace smsctl::sim {

/// A request for one resource, signed in and taken apart.
struct ApiRequest {
    bool reads() const { return method == "GET"; }
    bool writes() const { return method == "POST"; }
    bool deletes() const { return method == "DELETE"; }

    std::string method;
    std::string base;                       ///< "http://127.0.0.1:41234", as the client called us
    std::string path;                       ///< without the query
    std::vector<std::string_view> resource; ///< below the account, without ".json"
    http::Form query;
    http::Form form; ///< empty unless the body is a form
};

/// The records of `page`, as `to_json` writes them.
template <typename Records, typename ToJson>
nlohmann::ordered_json records_json(const Page& page, const Records& records, ToJson to_json)
{
    auto list = nlohmann::ordered_json::array();
    for (std::size_t i = page.first; i < page.first + page.count; ++i)
        list.push_back(to_json(*records[i]));
    return list;
}

/// The page of `records` (pointers) that the query asks for, under `key`.
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
    auto body = request.path.starts_with("/v1/")
                    ? meta_json(page, request.base + request.path, request.query, sids, key)
                    : page_json(page, request.path, request.query, sids);
    body[key] = records_json(page, records, to_json);
    return answer(200, body);
}

} // namespace smsctl::sim
