#include "core/time_text.hpp"
#include "providers/twilio/bulk_request.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

using namespace smsctl;
using namespace smsctl::providers::twilio;
using nlohmann::json;

namespace {

const std::string sender = "+15005550006";
using Cuts = std::vector<std::vector<std::size_t>>;

/// Rows to recipients that end in these digits.
std::vector<BulkRow> rows_to(const std::vector<int>& endings, const std::string& body = "Hi")
{
    std::vector<BulkRow> rows;
    for (const int ending : endings)
        rows.push_back({fmt::format("+1415555{:04}", ending), body});
    return rows;
}

} // namespace

TEST_CASE("a bulk request carries finished texts as variables of one template")
{
    const std::string text = "Hi {{ name }} {% raw %}, \"50 %\" off\n{{";
    BulkRequest request{"0123abcd", sender, {{"+14155550100", text}, {"+14155550101", "Bye"}}, {}};
    const json body = json::parse(bulk_body(request));
    CHECK(body["from"] == json{{"address", sender}, {"channel", "SMS"}});
    CHECK(body["content"] == json{{"text", "{{ body | default: '' }}"}});
    CHECK(body["tags"] == json{{"smsctl_batch", "0123abcd"}});
    REQUIRE(body["to"].size() == 2);
    CHECK(body["to"][0] ==
          json{{"address", "+14155550100"}, {"channel", "PHONE"}, {"variables", {{"body", text}}}});
    CHECK(body["to"][1]["variables"]["body"] == "Bye");
    CHECK(body.size() == 4); // Twilio takes no other fields

    request.send_at = text::parse_rfc3339("2026-03-04T09:00:00Z");
    CHECK(json::parse(bulk_body(request))["schedule"] ==
          json{{"sendAt", {"2026-03-04T09:00:00.000Z"}}});
}

TEST_CASE("a batch id is new each time, long, and made of what a tag may hold")
{
    std::set<std::string> ids;
    for (int i = 0; i < 100; ++i) {
        const std::string id = new_bulk_batch_id();
        CHECK(id.size() == 32);
        CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
        ids.insert(id);
    }
    CHECK(ids.size() == 100);
}

TEST_CASE("a list is cut by rows, in order, and nobody is twice in one request")
{
    struct Row {
        std::string name;
        std::vector<int> endings;
        std::size_t most;
        Cuts cuts;
    };
    const auto row = GENERATE(values<Row>({
        {"nobody", {}, 2, {}},
        {"all in one", {1, 2, 3}, 3, {{0, 1, 2}}},
        {"a rest", {1, 2, 3, 4, 5}, 2, {{0, 1}, {2, 3}, {4}}},
        {"one each", {1, 2}, 1, {{0}, {1}}},
        {"no limit that makes sense", {1, 2}, 0, {{0}, {1}}},
        {"a recipient twice", {1, 1, 2}, 10, {{0, 2}, {1}}},
        {"every recipient twice", {1, 1, 2, 2, 3, 3}, 10, {{0, 2, 4}, {1, 3, 5}}},
        {"three times, in small requests", {1, 1, 1, 2, 3}, 2, {{0, 3}, {1}, {2}, {4}}},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const auto rows = rows_to(row.endings);
        BulkLimits limits;
        limits.rows = row.most;
        CHECK(cut_bulk(rows, sender, limits) == row.cuts);
    }
}

TEST_CASE("a request never exceeds the provider's limits, whatever is asked for")
{
    std::vector<BulkRow> rows;
    for (int i = 0; i < 25'000; ++i)
        rows.push_back({fmt::format("+1415{:07}", i), "x"});
    BulkLimits limits;
    limits.rows = 1'000'000;
    std::vector<std::size_t> sizes;
    for (const auto& cut : cut_bulk(rows, sender, limits))
        sizes.push_back(cut.size());
    CHECK(sizes == std::vector<std::size_t>{10'000, 10'000, 5'000});
}

TEST_CASE("a list is cut by bytes as they go over the line")
{
    // Quotes and emojis: what is escaped or wide must be counted as it is sent.
    std::vector<BulkRow> rows;
    for (int i = 0; i < 300; ++i)
        rows.push_back({fmt::format("+1415555{:04}", i),
                        std::string(static_cast<std::size_t>(i % 40), '"') + "\xF0\x9F\x98\x80"});
    BulkLimits limits;
    limits.rows = 300;
    limits.bytes = 2000;
    const Cuts cuts = cut_bulk(rows, sender, limits);
    CHECK(cuts.size() > 10);
    std::size_t next = 0;
    for (std::size_t at = 0; at < cuts.size(); ++at) {
        BulkRequest request{new_bulk_batch_id(), sender, {}, Instant()};
        for (const std::size_t row : cuts[at]) {
            CHECK(row == next++);
            request.rows.push_back(rows[row]);
        }
        CHECK(bulk_body(request).size() <= limits.bytes);
        if (at + 1 < cuts.size()) {
            request.rows.push_back(rows[next]);
            CHECK(bulk_body(request).size() + 1 > limits.bytes);
        }
    }
    CHECK(next == rows.size());
}

TEST_CASE("what cannot go through the bulk API is told before")
{
    struct Row {
        std::string name;
        BulkRow row;
        std::string obstacle; ///< a part; empty: none
    };
    const std::string to = "+14155550100";
    std::string emojis;
    for (int i = 0; i < 800; ++i)
        emojis += "\xF0\x9F\x98\x80"; // two UTF-16 units each
    const auto row = GENERATE_COPY(values<Row>({
        {"a plain text", {to, "Hi"}, ""},
        {"what looks like a template", {to, "{{ name }} {% if %}"}, ""},
        {"the longest text", {to, emojis}, ""},
        {"a text that is too long", {to, emojis + "x"}, "over 1600"},
        {"no text", {to, ""}, "no text"},
        {"a reference to a profile", {to, "Hi ${Twilio.Profile.name}"}, "${Twilio."},
        {"a text that is not UTF-8", {to, "Hi \xFF"}, "UTF-8"},
        {"WhatsApp", {"whatsapp:+14155550100", "Hi"}, "E.164"},
        {"a short code", {"12345", "Hi"}, "E.164"},
        {"a lone plus", {"+", "Hi"}, "E.164"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const std::string obstacle = bulk_obstacle(row.row);
        CHECK(obstacle.empty() == row.obstacle.empty());
        CHECK_THAT(obstacle, Catch::Contains(row.obstacle));
    }
}

TEST_CASE("only a number is a sender here, and a schedule stays within a week")
{
    CHECK(bulk_sender_obstacle(sender).empty());
    CHECK_FALSE(bulk_sender_obstacle("MG0123456789abcdef0123456789abcdef").empty());
    CHECK_FALSE(bulk_sender_obstacle("").empty());
    CHECK_FALSE(bulk_sender_obstacle("Example").empty());
    CHECK_FALSE(bulk_sender_obstacle("whatsapp:+14155550100").empty());
    const Instant now = *text::parse_rfc3339("2026-03-02T10:00:00Z");
    CHECK(bulk_schedule_obstacle(now + std::chrono::hours(1), now).empty());
    CHECK(bulk_schedule_obstacle(now + std::chrono::days(6), now).empty());
    CHECK_FALSE(bulk_schedule_obstacle(now + std::chrono::days(6) + Millis(1), now).empty());
    CHECK_FALSE(bulk_schedule_obstacle(now, now).empty());
}
