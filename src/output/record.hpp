#pragma once

#include "sms/conversation.hpp"
#include "sms/event.hpp"
#include "sms/message.hpp"
#include "sms/number.hpp"
#include "workspace/workspace.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace smsctl::output {

/// A JSON object with its keys in the order of the record's schema, every key there.
using Record = nlohmann::ordered_json;

/// `schema/records/NAME.schema.json`, as it was compiled in; empty for a name that is not there.
std::string_view schema(std::string_view object);
/// Every object that has a schema, in alphabetical order.
std::vector<std::string_view> schema_names();
/// The fields of an object, in the order of its schema.
std::vector<std::string> fields(std::string_view object);

Record message_record(const sms::Message& message, std::string_view workspace);
Record conversation_record(const sms::Conversation& conversation, std::string_view workspace);
Record number_record(const sms::Number& number, std::string_view workspace);
Record event_record(const sms::Event& event, std::string_view workspace);
/// Says where each secret comes from and never what it is.
Record workspace_record(const Workspace& workspace,
                        std::string_view api_secret_from,
                        std::string_view webhook_secret_from);

} // namespace smsctl::output
