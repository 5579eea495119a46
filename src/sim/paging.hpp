#pragma once

#include "http/form.hpp"
#include "sim/answer.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace smsctl::sim {

/// One page of a list: the places of its entries, and the fields that say where it stands.
struct Page {
    std::size_t first = 0;
    std::size_t count = 0;
    std::size_t number = 0;
    std::size_t size = 0;
    bool has_next = false;
};

/// The page that `query` (PageSize, Page, PageToken) asks for out of the records with these SIDs,
/// in order. Refuses with 20007 and 21481.
std::variant<Page, Problem> find_page(const http::Form& query,
                                      const std::vector<std::string_view>& sids);

/// The list's object without its records: relative URIs that carry every filter of `query`.
nlohmann::ordered_json page_json(const Page& page,
                                 std::string_view path,
                                 const http::Form& query,
                                 const std::vector<std::string_view>& sids);
/// The same as the v1 APIs have it, below `meta` and with absolute URLs.
nlohmann::ordered_json meta_json(const Page& page,
                                 std::string_view url,
                                 const http::Form& query,
                                 const std::vector<std::string_view>& sids,
                                 std::string_view key);

} // namespace smsctl::sim
