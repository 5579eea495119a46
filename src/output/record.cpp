#include "output/record.hpp"

#include "core/time_text.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace smsctl::output {

namespace {

Record text_or_null(std::string_view text)
{
    return text.empty() ? Record(nullptr) : Record(text);
}

Record time_or_null(const std::optional<Instant>& at)
{
    return at ? Record(text::rfc3339(*at)) : Record(nullptr);
}

template <typename Number>
Record number_or_null(Number number)
{
    return number == 0 ? Record(nullptr) : Record(number);
}

Record media_array(const std::vector<sms::Media>& media)
{
    Record array = Record::array();
    for (const sms::Media& item : media)
        array.push_back({{"url", item.url},
                         {"content_type", text_or_null(item.content_type)},
                         {"path", text_or_null(item.path)},
                         {"error", text_or_null(item.problem)}});
    return array;
}

Record text_array(const std::vector<std::string>& texts)
{
    Record array = Record::array();
    for (const std::string& text : texts)
        array.push_back(text);
    return array;
}

Record failure_or_null(const std::optional<sms::Failure>& failure)
{
    if (!failure)
        return nullptr;
    return {{"code", failure->code}, {"message", failure->text}};
}

} // namespace

Record message_record(const sms::Message& message, std::string_view workspace, Replayed replayed)
{
    Record record;
    record["object"] = "message";
    record["id"] = message.id;
    record["seq"] = message.seq;
    record["workspace"] = workspace;
    record["direction"] = word(message.direction);
    record["conversation"] = text_or_null(message.conversation_id);
    record["from"] = text_or_null(message.from);
    record["to"] = text_or_null(message.to);
    record["body"] = message.body;
    record["media"] = media_array(message.media);
    record["segments"] = number_or_null(message.segments);
    record["encoding"] = message.encoding ? Record(name(*message.encoding)) : Record(nullptr);
    record["status"] = word(message.status);
    record["status_at"] = text::rfc3339(message.status_at);
    record["error"] = failure_or_null(message.failure);
    record["key"] = text_or_null(message.key);
    record["batch"] = text_or_null(message.batch_id);
    record["provider"] = message.provider;
    record["provider_id"] = text_or_null(message.provider_id);
    record["price"] = message.price ? Record(decimal(message.price->micros)) : Record(nullptr);
    record["currency"] = message.price ? Record(message.price->currency) : Record(nullptr);
    record["attempts"] = message.attempts;
    record["processed"] = message.processed;
    record["created_at"] = text::rfc3339(message.created_at);
    record["sent_at"] = time_or_null(message.sent_at);
    record["delivered_at"] = time_or_null(message.delivered_at);
    record["messaging_service"] = text_or_null(message.messaging_service_id);
    record["tag"] = text_or_null(message.tag);
    record["chat"] = text_or_null(message.chat_id);
    record["response"] = text_or_null(message.response_id);
    record["replayed"] = replayed == Replayed::yes;
    record["scheduled_at"] = time_or_null(message.scheduled_at);
    record["redacted_at"] = time_or_null(message.redacted_at);
    return record;
}

Record conversation_record(const sms::Conversation& conversation, std::string_view workspace)
{
    Record record;
    record["object"] = "conversation";
    record["id"] = conversation.id;
    record["workspace"] = workspace;
    record["contact"] = {{"id", conversation.contact_id},
                         {"name", conversation.contact_name},
                         {"address", conversation.contact_address}};
    record["our_number"] = conversation.our_address;
    record["status"] = conversation.status == sms::ConversationStatus::open ? "open" : "closed";
    record["message_count"] = conversation.message_count;
    record["unread_count"] = conversation.unread_count;
    record["last_message_at"] = time_or_null(conversation.last_message_at);
    record["last_message"] =
        conversation.last_message_at ? Record(conversation.last_message_body) : Record(nullptr);
    record["created_at"] = text::rfc3339(conversation.created_at);
    return record;
}

Record number_record(const sms::Number& number, std::string_view workspace)
{
    Record record;
    record["object"] = "number";
    record["id"] = number.id;
    record["workspace"] = workspace;
    record["number"] = number.address;
    record["friendly_name"] = text_or_null(number.friendly_name);
    record["capabilities"] = {{"sms", number.capabilities.sms},
                              {"mms", number.capabilities.mms},
                              {"voice", number.capabilities.voice}};
    record["webhook_url"] = text_or_null(number.webhook_url);
    record["webhook_method"] = text_or_null(number.webhook_method);
    record["previous_webhook_url"] =
        number.has_previous_webhook ? Record(number.previous_webhook_url) : Record(nullptr);
    record["owner"] = text_or_null(number.owner);
    record["active"] = number.active;
    record["provider_id"] = text_or_null(number.provider_id);
    record["created_at"] = text::rfc3339(number.created_at);
    record["updated_at"] = text::rfc3339(number.updated_at);
    return record;
}

Record workspace_record(const Workspace& workspace,
                        std::string_view api_secret_from,
                        std::string_view webhook_secret_from)
{
    Record record;
    record["object"] = "workspace";
    record["id"] = text_or_null(workspace.id);
    record["name"] = workspace.name;
    record["provider"] = workspace.provider;
    record["account_id"] = workspace.account_id;
    record["api_key_id"] = text_or_null(workspace.api_key_id);
    record["secret_from"] = text_or_null(api_secret_from);
    record["webhook_secret_from"] = text_or_null(webhook_secret_from);
    record["ambient"] = workspace.ambient;
    record["default"] = workspace.is_default;
    record["settings"] = Record::object();
    for (const auto& [name, value] : workspace.settings)
        record["settings"][name] = value;
    record["created_at"] = text::rfc3339(workspace.created_at);
    return record;
}

Record error_record(const Error& error)
{
    Record record;
    record["object"] = "error";
    record["code"] = error.code();
    record["message"] = error.what();
    record["hint"] = text_or_null(error.hint());
    record["retryable"] = error.retryable();
    record["exit"] = static_cast<int>(error.exit());
    record["provider"] = nullptr;
    if (const auto& fault = error.provider()) {
        record["provider"] = {{"name", fault->provider},
                              {"code", fault->code ? Record(*fault->code) : Record(nullptr)},
                              {"http", number_or_null(fault->http)},
                              {"request_id", text_or_null(fault->request_id)}};
    }
    return record;
}

Record workspace_test_record(const Workspace& workspace, const WorkspaceTest& test)
{
    Record checks = Record::array();
    bool ok = true;
    for (const WorkspaceCheck& check : test.checks) {
        ok = ok && check.ok;
        checks.push_back({{"name", check.name},
                          {"ok", check.ok},
                          {"message", check.message},
                          {"fix", text_or_null(check.fix)}});
    }
    Record record;
    record["object"] = "workspace_test";
    record["id"] = text_or_null(workspace.id);
    record["workspace"] = workspace.name;
    record["provider"] = workspace.provider;
    record["ok"] = ok;
    record["account"] = nullptr;
    if (!test.account_id.empty())
        record["account"] = {{"id", test.account_id},
                             {"name", text_or_null(test.account_name)},
                             {"status", text_or_null(test.account_status)},
                             {"type", text_or_null(test.account_type)}};
    record["balance"] = test.balance ? Record(decimal(test.balance->micros)) : Record(nullptr);
    record["currency"] = test.balance ? Record(test.balance->currency) : Record(nullptr);
    record["numbers"] = text_array(test.numbers);
    record["checks"] = std::move(checks);
    return record;
}

Record change_record(const Change& change, std::string_view workspace)
{
    Record changed = Record::array();
    for (const FieldChange& field : change.fields)
        changed.push_back({{"field", field.field},
                           {"from", text_or_null(field.from)},
                           {"to", text_or_null(field.to)}});
    Record record;
    record["object"] = "change";
    record["id"] = change.id;
    record["workspace"] = workspace;
    record["kind"] = change.kind;
    record["change"] = change.change;
    record["address"] = text_or_null(change.address);
    record["name"] = text_or_null(change.name);
    record["provider_id"] = text_or_null(change.provider_id);
    record["fields"] = std::move(changed);
    return record;
}

Record delivery_record(const Delivery& delivery, std::string_view workspace)
{
    Record record;
    record["object"] = "delivery";
    record["id"] = delivery.id;
    record["workspace"] = workspace;
    record["type"] = delivery.type;
    record["url"] = delivery.url;
    record["signed"] = delivery.is_signed;
    record["provider_id"] = text_or_null(delivery.provider_id);
    record["http"] = number_or_null(delivery.http);
    record["ok"] = delivery.ok;
    record["duration_ms"] = delivery.duration.count();
    record["body"] = delivery.http == 0 ? Record(nullptr) : Record(delivery.body);
    record["error"] = text_or_null(delivery.error);
    record["created_at"] = text::rfc3339(delivery.created_at);
    record["origin"] = text_or_null(delivery.origin);
    return record;
}

Record summary_record(const Summary& summary, std::string_view workspace)
{
    Record record;
    record["object"] = "summary";
    record["id"] = nullptr;
    record["workspace"] = workspace;
    record["kind"] = summary.kind;
    record["skipped"] = text_or_null(summary.skipped);
    record["method"] = text_or_null(summary.method);
    record["requests"] = summary.requests;
    record["checked"] = summary.checked;
    record["changed"] = summary.changed;
    record["received"] = summary.received;
    record["failed"] = summary.failed;
    record["open"] = summary.open;
    record["started_at"] = text::rfc3339(summary.started_at);
    record["finished_at"] = text::rfc3339(summary.finished_at);
    record["in_doubt"] = summary.in_doubt;
    record["stopped_early"] = summary.stopped_early;
    record["pages"] = summary.pages;
    record["lookups"] = summary.lookups;
    record["saved"] = summary.saved;
    record["settled"] = summary.settled;
    record["removed"] = summary.removed;
    return record;
}

Record database_record(const DatabaseState& state)
{
    Record record;
    record["object"] = "database";
    record["id"] = state.path;
    record["path"] = state.path;
    record["schema_version"] =
        state.schema_version ? Record(*state.schema_version) : Record(nullptr);
    record["newest_version"] = state.newest_version;
    record["action"] = state.action;
    record["ok"] = state.ok;
    record["problems"] = text_array(state.problems);
    record["migrations"] = text_array(state.migrations);
    record["backup"] = text_or_null(state.backup);
    return record;
}

} // namespace smsctl::output
