// A page above the first is found by its token: "PA" and the SID of the last record before it, or
// "PB" and the SID of the first record after it. So a walk neither skips nor repeats a record
// when new ones arrive at the front.

#include "sim/paging.hpp"

#include "core/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

constexpr long long usual_page_size = 50;
constexpr long long largest_page_size = 1000;

Problem bad_token()
{
    return {400, 21481, "Invalid page token.", {}};
}

std::string page_uri(std::string_view path,
                     const http::Form& query,
                     const Page& page,
                     std::size_t number,
                     const std::string& token)
{
    http::Form parameters;
    for (const auto& field : query)
        if (field.first != "PageSize" && field.first != "Page" && field.first != "PageToken")
            parameters.push_back(field);
    parameters.emplace_back("PageSize", fmt::to_string(page.size));
    parameters.emplace_back("Page", fmt::to_string(number));
    if (!token.empty())
        parameters.emplace_back("PageToken", token);
    return fmt::format("{}?{}", path, http::encode_form(parameters));
}

/// Where the page itself and those around it are found.
struct Neighbours {
    std::string first;
    std::string self;
    Json next;
    Json previous;
};

Neighbours neighbours(const Page& page,
                      std::string_view path,
                      const http::Form& query,
                      const std::vector<std::string_view>& sids)
{
    Neighbours found{
        page_uri(path, query, page, 0, {}),
        page_uri(path, query, page, page.number, std::string(http::first(query, "PageToken"))),
        nullptr,
        nullptr};
    if (page.has_next && page.count > 0)
        found.next = page_uri(path,
                              query,
                              page,
                              page.number + 1,
                              fmt::format("PA{}", sids[page.first + page.count - 1]));
    if (page.number > 0 && page.count > 0)
        found.previous =
            page_uri(path, query, page, page.number - 1, fmt::format("PB{}", sids[page.first]));
    return found;
}

} // namespace

std::variant<Page, Problem> find_page(const http::Form& query,
                                      const std::vector<std::string_view>& sids)
{
    const std::string_view size_text = http::first(query, "PageSize");
    const auto size = size_text.empty() ? usual_page_size : text::to_integer(size_text).value_or(0);
    if (size < 1 || size > largest_page_size)
        return Problem{400, 20007, "Page size must be between 1 and 1000", {}};
    const std::string_view number_text = http::first(query, "Page");
    const auto number = number_text.empty() ? 0 : text::to_integer(number_text).value_or(-1);
    const std::string_view token = http::first(query, "PageToken");
    if (number < 0 || (number > 0 && token.empty()))
        return bad_token();

    Page page;
    page.size = static_cast<std::size_t>(size);
    page.number = static_cast<std::size_t>(number);
    std::size_t end = sids.size();
    if (!token.empty()) {
        const auto found = std::find(
            sids.begin(), sids.end(), token.substr(std::min<std::size_t>(2, token.size())));
        const bool forwards = token.starts_with("PA");
        if ((!forwards && !token.starts_with("PB")) || found == sids.end())
            return bad_token();
        const auto place = static_cast<std::size_t>(found - sids.begin());
        if (forwards)
            page.first = place + 1;
        else {
            page.first = place - std::min(place, page.size);
            end = place;
        }
    }
    page.count = std::min(end - page.first, page.size);
    page.has_next = page.first + page.count < sids.size();
    return page;
}

Json page_json(const Page& page,
               std::string_view path,
               const http::Form& query,
               const std::vector<std::string_view>& sids)
{
    const Neighbours uris = neighbours(page, path, query, sids);
    return Json{{"end", page.count == 0 ? 0 : page.first + page.count - 1},
                {"first_page_uri", uris.first},
                {"next_page_uri", uris.next},
                {"page", page.number},
                {"page_size", page.size},
                {"previous_page_uri", uris.previous},
                {"start", page.count == 0 ? 0 : page.first},
                {"uri", uris.self}};
}

Json meta_json(const Page& page,
               std::string_view url,
               const http::Form& query,
               const std::vector<std::string_view>& sids,
               std::string_view key)
{
    const Neighbours urls = neighbours(page, url, query, sids);
    return Json{{"meta",
                 {{"page", page.number},
                  {"page_size", page.size},
                  {"first_page_url", urls.first},
                  {"previous_page_url", urls.previous},
                  {"url", urls.self},
                  {"next_page_url", urls.next},
                  {"key", key}}}};
}

} // namespace smsctl::sim
