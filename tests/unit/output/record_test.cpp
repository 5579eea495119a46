#include "output/batch_record.hpp"
#include "output/call_record.hpp"
#include "output/check_record.hpp"
#include "output/media_record.hpp"
#include "output/opt_out_record.hpp"
#include "output/record.hpp"
#include "output/reply_record.hpp"
#include "output/template_record.hpp"
#include "output/verdict_record.hpp"
#include "output/verification_record.hpp"
#include "output/webhook_report_record.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace smsctl;
using namespace smsctl::output;

namespace {

std::vector<std::string> keys(const Record& object)
{
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items())
        names.push_back(name);
    return names;
}

std::string type_of(const Record& value)
{
    if (value.is_null())
        return "null";
    if (value.is_boolean())
        return "boolean";
    if (value.is_number_integer())
        return "integer";
    if (value.is_string())
        return "string";
    return value.is_array() ? "array" : "object";
}

/// Whether `value` is what `schema` says, as far as our schemas go: type, const, enum, properties
/// in their order, items.
void check_against(const Record& schema, const Record& value, const std::string& where)
{
    INFO(where << " is " << value.dump());
    if (schema.contains("const")) {
        CHECK(value == schema["const"]);
        return;
    }
    if (schema.contains("enum")) {
        bool found = false;
        for (const Record& legal : schema["enum"])
            found = found || legal == value;
        CHECK(found);
        return;
    }
    Record types = schema.at("type");
    if (!types.is_array())
        types = Record::array({types});
    bool fits = false;
    for (const Record& type : types)
        fits = fits || type == type_of(value);
    CHECK(fits);
    if (value.is_object() && schema.contains("properties")) {
        CHECK(keys(value) == keys(schema["properties"]));
        CHECK(schema["required"].size() == schema["properties"].size());
        for (const auto& [name, inner] : schema["properties"].items())
            check_against(inner, value.at(name), where + "." + name);
    }
    if (value.is_array()) {
        for (const Record& item : value)
            check_against(schema["items"], item, where + "[]");
    }
}

sms::Message full_message()
{
    sms::Message message;
    message.id = "msg_1";
    message.seq = 7;
    message.conversation_id = "conv_1";
    message.from = "+15550199";
    message.to = "+15550100";
    message.messaging_service_id = "MG1";
    message.body = "Hi";
    message.media = {{"https://example.com/a.png", "image/png"},
                     {"https://example.com/b", "", "", "too long"}};
    message.segments = 1;
    message.encoding = sms::Encoding::gsm7;
    message.status = sms::Status::failed;
    message.failure = sms::Failure{"30003", "unreachable"};
    message.key = "order-42";
    message.provider = "twilio";
    message.provider_id = "SM1";
    message.price = Money{7900, "USD"};
    message.sent_at = Instant(Millis(1));
    message.delivered_at = Instant(Millis(2));
    message.scheduled_at = Instant(Millis(3));
    return message;
}

std::vector<Record> every_record()
{
    Workspace workspace;
    workspace.name = "prod";
    workspace.provider = "twilio";
    workspace.settings["from"] = "+15550199";
    sms::Conversation conversation;
    conversation.last_message_at = Instant(Millis(5));
    sms::Call call;
    call.duration = std::chrono::seconds(75);
    call.parent_provider_id = "CA0";
    call.price = Money{28'000, "USD"};
    call.started_at = call.ended_at = Instant(Millis(1));
    sms::Number number;
    number.webhook_method = "POST";
    number.has_previous_webhook = true;
    WorkspaceTest test;
    test.account_id = "AC1";
    test.balance = Money{1'500'000, "USD"};
    test.numbers = {"+15550199"};
    test.checks = {{"sender", false, "none", "set one"}};
    Change change{"num_1", "number", "changed", "+1", "n", "PN1", {{"friendly_name", "a", ""}}};
    Delivery delivery;
    delivery.http = 200;
    Summary summary;
    summary.kind = "reconcile";
    DatabaseState state;
    state.action = "check";
    state.problems = {"row 1"};
    DatabaseState migrated;
    migrated.action = "migrate";
    migrated.schema_version = 1;
    Error plain(Exit::usage, "usage.x", "no");
    Error fault(Exit::unavailable, "provider.rate_limited", "slow down", "wait");
    fault.with_provider({"twilio", 20429, 429, "RQ1"});
    store::OptOut stopped;
    stopped.id = "opt_1";
    store::StoredTemplate welcome;
    welcome.body = "Hi {{name|there}}, {{code}}";
    sms::Batch batch;
    batch.id = "bat_1";
    batch.senders = {"+15550199"};
    batch.via = "messages";
    batch.estimated_price_micros = 7900;
    sms::Batch dry_run;
    dry_run.via = "messages";
    store::StagedRow row;
    row.verdict = "blocked.opt_out";
    Download downloaded;
    downloaded.size = 3;
    downloaded.path = "msg_1-1.jpg";
    Download blocked;
    blocked.error = plain;
    webhook::Verification verified;
    verified.verified = true;
    verified.tried = {{"https://example.com/", true}};
    sms::Event forwarded;
    forwarded.forward = sms::Forward{"http://127.0.0.1:3000/",
                                     sms::ForwardState::waiting,
                                     2,
                                     503,
                                     "busy",
                                     Instant(Millis(1)),
                                     std::nullopt};
    sms::Event replied;
    replied.reply = sms::Reply{"msg_2", "rpl_1", ""};
    const store::ReplyRule rule{.row = 1,
                                .id = "rpl_1",
                                .keywords = {"hours"},
                                .template_row = 7,
                                .template_name = "open",
                                .text = "9 to 5, {{name|you}}",
                                .created_at = Instant()};
    sms::Message message = full_message();
    return {batch_record(batch, {{sms::Status::planned, 2}}, "prod"),
            batch_record(dry_run, {}, "prod"),
            verdict_record(row, 7900, "prod"),
            message_record(message, "prod"),
            message_record(sms::Message(), "prod", Replayed::yes),
            conversation_record(conversation, "prod"),
            conversation_record(sms::Conversation(), "prod"),
            number_record(number, "prod"),
            number_record(sms::Number(), "prod"),
            event_record(sms::Event(), "prod"),
            event_record(forwarded, "prod"),
            event_record(replied, "prod"),
            reply_record(rule, "prod"),
            reply_record({}, "prod"),
            workspace_record(workspace, "sealed", ""),
            workspace_test_record(workspace, test),
            workspace_test_record(workspace, {}),
            change_record(change, "prod"),
            delivery_record(delivery, "prod"),
            delivery_record(Delivery(), "prod"),
            summary_record(summary, "prod"),
            verdict_record(delivery::Verdict(), "prod"),
            opt_out_record(OptOutState(), "prod"),
            opt_out_record(stopped, "prod"),
            media_record(downloaded, "msg_1", "prod"),
            media_record(blocked, "msg_1", "prod"),
            verification_record(verified, "evt_1", "prod"),
            verification_record({}, "evt_1", "prod"),
            template_record(welcome, "prod"),
            rendering_record(welcome, "Hi Ann, 7", "prod"),
            webhook_report_record({}, "prod"),
            webhook_report_record(
                {.day = "2026-03-02", .received = 1, .last_at = Instant(Millis(1))}, "prod"),
            call_record(call, "prod"),
            call_record({}, "prod"),
            check_record({.name = "modes"}),
            check_record({.name = "clock",
                          .workspace = "prod",
                          .status = CheckStatus::failed,
                          .message = "ahead",
                          .fix = "timedatectl set-ntp true"}),
            database_record(state),
            database_record(migrated),
            error_record(plain),
            error_record(fault)};
}

} // namespace

TEST_CASE("every record is what its schema says, key by key and in order")
{
    for (const Record& record : every_record()) {
        const std::string object = record.at("object").get<std::string>();
        DYNAMIC_SECTION(object << " " << record.dump().size())
        {
            REQUIRE_FALSE(schema(object).empty());
            check_against(Record::parse(schema(object)), record, object);
        }
    }
}

TEST_CASE("every schema has a record function and says what it is")
{
    std::vector<std::string> made;
    for (const Record& record : every_record())
        made.push_back(record.at("object").get<std::string>());
    for (const std::string_view name : schema_names()) {
        INFO(name);
        CHECK(std::find(made.begin(), made.end(), name) != made.end());
        const Record parsed = Record::parse(schema(name));
        CHECK(parsed["$schema"] == "https://json-schema.org/draft/2020-12/schema");
        CHECK(parsed["title"] == std::string(name));
    }
}

TEST_CASE("a message's money, times and unknown values follow the contract")
{
    const Record full = message_record(full_message(), "prod");
    CHECK(full["price"] == "0.0079");
    CHECK(full["currency"] == "USD");
    CHECK(full["sent_at"] == "1970-01-01T00:00:00.001Z");
    CHECK(full["scheduled_at"] == "1970-01-01T00:00:00.003Z");
    CHECK(full["error"].dump() == R"({"code":"30003","message":"unreachable"})");
    CHECK(full["media"][1]["content_type"].is_null());
    CHECK(full["replayed"] == false);
    const Record empty = message_record(sms::Message(), "prod");
    for (const char* field :
         {"segments", "encoding", "error", "key", "batch", "price", "currency", "scheduled_at"})
        CHECK(empty[field].is_null());
}

TEST_CASE("fields are found by name and by path")
{
    CHECK(is_field("message", "status"));
    CHECK(is_field("message", "error.code"));
    CHECK(is_field("workspace", "settings.from"));
    CHECK_FALSE(is_field("message", "error.nonsense"));
    CHECK_FALSE(is_field("message", "body.length"));
    CHECK_FALSE(is_field("message", ""));
    CHECK_FALSE(is_field("nonsense", "id"));
    CHECK_THROWS_WITH(check_field("message", "sid"), "a message has no field 'sid'");
}
