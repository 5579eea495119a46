#include "core/time_text.hpp"
#include "providers/twilio/bulk_match.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace smsctl;
using namespace smsctl::providers::twilio;
using nlohmann::json;

namespace {

const std::string operation_id = "comms_operation_01h2xcejqtf2nbrexx3vqjhp41";
const std::string sid = "SM0123456789abcdef0123456789abcdef";

BulkMessage message_to(const std::string& to, const std::string& id = "comms_message_1")
{
    BulkMessage message;
    message.id = id;
    message.to = to;
    return message;
}

} // namespace

TEST_CASE("the operation is named by the body, or by one of the headers that are told of")
{
    struct Row {
        std::string name;
        std::string body;
        http::Headers headers;
        std::string id;
    };
    const std::string address = "https://comms.twilio.com/v1/Messages/Operations/" + operation_id;
    const auto row = GENERATE_COPY(values<Row>({
        {"body", json{{"operationId", operation_id}}.dump(), {}, operation_id},
        {"address in the body", json{{"operationLocation", address}}.dump(), {}, operation_id},
        {"Location", "", {{"Location", address}}, operation_id},
        {"Location with a query", "", {{"location", address + "?a=/b"}}, operation_id},
        {"operationId", "{}", {{"operationId", operation_id}}, operation_id},
        {"Operation-Id", "{}", {{"Operation-Id", operation_id}}, operation_id},
        {"Operation-Location", "[]", {{"Operation-Location", address}}, operation_id},
        {"half the body, and Location", "{\"operationI", {{"Location", address}}, operation_id},
        {"neither", "{}", {}, ""},
        {"no JSON", "<html>", {}, ""},
        {"something else", "{}", {{"Location", "https://e.example/login"}}, ""},
        {"a path in it", json{{"operationId", "comms_operation_../x"}}.dump(), {}, ""},
        {"nothing behind the prefix", json{{"operationId", "comms_operation_"}}.dump(), {}, ""},
        {"another type", json{{"operationId", json::array({operation_id})}}.dump(), {}, ""},
    }));
    DYNAMIC_SECTION(row.name)
    {
        http::Response response;
        response.body = row.body;
        response.headers = row.headers;
        CHECK(read_operation_id(response) == row.id);
    }
}

TEST_CASE("a refusal says which rows it is about")
{
    const auto faults = read_bulk_faults(R"({"errors":[
        {"code":21614,"message":"not mobile","infoUrl":"x","context":"$.to[12].address"},
        {"code":"21617","message":"too long","context":"$.content.text"},
        {"code":20404,"message":"example","context":"null"},
        {"message":"odd","context":"$.to[-1]"}, 7]})");
    REQUIRE(faults.size() == 4);
    CHECK(faults[0].row == 12);
    CHECK(faults[0].code == 21614);
    CHECK(faults[0].message == "not mobile");
    CHECK_FALSE(faults[1].row);
    CHECK(faults[1].code == 21617);
    CHECK(faults[1].context == "$.content.text");
    CHECK(faults[2].context.empty());
    CHECK_FALSE(faults[3].row);
    CHECK_FALSE(faults[3].code);
    for (const char* other : {"", "[]", "{}", R"({"errors":{}})", "<html>"})
        CHECK(read_bulk_faults(other).empty());
}

TEST_CASE("an operation is finished when no more messages will be made")
{
    const auto read = [](const std::string& status) {
        return read_bulk_operation(json{
            {"id", operation_id},
            {"status", status},
            {"stats", {{"total", 3}, {"recipients", 3}, {"unaddressable", 1}}},
            {"createdAt",
             "2026-03-02T10:11:12Z"}}.dump());
    };
    const auto operation = read("COMPLETED");
    REQUIRE(operation);
    CHECK(operation->id == operation_id);
    CHECK(operation->finished);
    CHECK(operation->recipients == 3);
    CHECK(operation->unaddressable == 1);
    CHECK(operation->created_at == text::parse_rfc3339("2026-03-02T10:11:12Z"));
    CHECK(read("CANCELED")->finished);
    for (const char* status : {"PROCESSING", "SCHEDULED", "SOMETHING_NEW", ""})
        CHECK_FALSE(read(status)->finished);
    CHECK(read_bulk_operation(json{{"id", operation_id}}.dump())->recipients == 0);
    CHECK_FALSE(read_bulk_operation(R"({"id":"OP1"})"));
    CHECK_FALSE(read_bulk_operation("nonsense"));
}

TEST_CASE("a message is read with its tags, its operation and what became of it")
{
    const std::string console = "https://console.twilio.com/us1/monitor/logs/sms/AC1/" + sid;
    const auto message = read_bulk_message(
        json{{"id", "comms_message_2"},
             {"from", {{"address", "+15005550006"}, {"channel", "SMS"}}},
             {"to", json::array({{{"address", "+14155550100"}, {"channel", "PHONE"}}})},
             {"status", "UNDELIVERED"},
             {"related",
              json::array({{{"name", "SESSION"}, {"id", "comms_session_1"}},
                           {{"name", "OPERATION"}, {"id", operation_id}}})},
             {"tags", {{"smsctl_batch", "b1"}, {"other", "x"}}},
             {"createdAt", "2026-03-02T10:11:12Z"},
             {"updatedAt", "2026-03-02T10:12:12Z"},
             {"attempts",
              json::array({{{"status", "FAILED"}, {"infoUrl", "https://e.example/AC1"}},
                           {{"status", "UNDELIVERED"},
                            {"infoUrl", console},
                            {"error", {{"code", 30003}, {"message", "unreachable"}}}}})}}
            .dump());
    REQUIRE(message);
    CHECK(message->id == "comms_message_2");
    CHECK(message->from == "+15005550006");
    CHECK(message->to == "+14155550100");
    CHECK(message->status == sms::Status::undelivered);
    CHECK(message->operation_id == operation_id);
    CHECK(message->tags.at("smsctl_batch") == "b1");
    CHECK(message->created_at == text::parse_rfc3339("2026-03-02T10:11:12Z"));
    REQUIRE(message->attempts.size() == 2);
    CHECK(message->attempts[0].provider_id.empty());
    CHECK_FALSE(message->attempts[0].failure);
    CHECK(message->attempts[1].provider_id == sid);
    CHECK(message->attempts[1].failure->code == "30003");
    CHECK(message->attempts[1].failure->text == "unreachable");
}

TEST_CASE("each of the bulk API's words has its status, and a new one has none")
{
    using enum sms::Status;
    const std::vector<std::pair<std::string, sms::Status>> words{{"SCHEDULED", scheduled},
                                                                 {"QUEUED", queued},
                                                                 {"SENT", sent},
                                                                 {"DELIVERED", delivered},
                                                                 {"READ", sms::Status::read},
                                                                 {"UNDELIVERED", undelivered},
                                                                 {"FAILED", failed},
                                                                 {"CANCELED", canceled}};
    for (const auto& [word, status] : words)
        CHECK(bulk_status_of(word) == status);
    for (const char* word : {"GROUP", "INBOUND", "delivered", "LATER", ""})
        CHECK_FALSE(bulk_status_of(word));
    const auto message = read_bulk_message(R"({"id":"comms_message_1","status":"LATER"})");
    CHECK(message->status_word == "LATER");
    CHECK_FALSE(message->status);
}

TEST_CASE("a page that cannot be read whole is no page")
{
    const auto page = read_bulk_page(
        R"({"messages":[{"id":"comms_message_1"}],"pagination":{"next":"t2","self":"t1"}})");
    REQUIRE(page);
    CHECK(page->messages.size() == 1);
    CHECK(page->next == "t2");
    const auto last = read_bulk_page(R"({"messages":[],"pagination":{"next":null}})");
    REQUIRE(last);
    CHECK(last->next.empty());
    for (const char* other : {R"({"messages":[{"id":"comms_message_1"},{}],"pagination":{}})",
                              R"({"messages":[]})",
                              R"({"messages":{},"pagination":{}})",
                              R"({"pagination":{}})",
                              "[]",
                              ""})
        CHECK_FALSE(read_bulk_page(other));
}

TEST_CASE("messages are told apart by their recipient")
{
    const std::vector<BulkRow> rows{{"+14155550100", "a"}, {"+14155550101", "b"}, {"+1415", "c"}};
    const auto match = match_rows(rows,
                                  {message_to("+14155550101", "comms_message_1"),
                                   message_to("+14155550100", "comms_message_2"),
                                   message_to("+14155550101", "comms_message_3"),
                                   message_to("+19995550000", "comms_message_4")});
    REQUIRE(match.of_row.size() == 3);
    CHECK(match.of_row[0]->id == "comms_message_2");
    CHECK(match.of_row[1]->id == "comms_message_1");
    CHECK_FALSE(match.of_row[2]);
    CHECK(match.missing == 1);
    REQUIRE(match.surplus.size() == 2);
    CHECK(match.surplus[0].id == "comms_message_3");
    CHECK(match.surplus[1].id == "comms_message_4");
}

TEST_CASE("rows without a message are unaddressable only when the counts agree")
{
    struct Row {
        std::string name;
        bool finished;
        int recipients;
        int unaddressable;
        bool expected;
    };
    const auto row = GENERATE(values<Row>({{"all agree", true, 2, 1, true},
                                           {"it goes on", false, 2, 1, false},
                                           {"fewer were counted", true, 2, 0, false},
                                           {"more were counted", true, 2, 2, false},
                                           {"other recipients", true, 3, 1, false}}));
    DYNAMIC_SECTION(row.name)
    {
        const std::vector<BulkRow> rows{{"+14155550100", "a"}, {"+14155550101", "b"}};
        BulkOperation operation;
        operation.finished = row.finished;
        operation.recipients = row.recipients;
        operation.unaddressable = row.unaddressable;
        CHECK(are_unaddressable(match_rows(rows, {message_to("+14155550100")}), operation) ==
              row.expected);
    }
}
