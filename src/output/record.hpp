#pragma once

#include "core/error.hpp"
#include "sms/conversation.hpp"
#include "sms/event.hpp"
#include "sms/message.hpp"
#include "sms/number.hpp"
#include "workspace/workspace.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
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
/// The fields of an object, in the order of its schema; empty for an object without one.
std::vector<std::string> fields(std::string_view object);
/// Whether `path` ("status", "error.code") names a field of an object with a schema.
bool is_field(std::string_view object, std::string_view path);
/// Throws `usage.fields`, listing the legal ones, unless `path` is a field of `object`.
void check_field(std::string_view object, std::string_view path);

enum class Replayed { no, yes };

/// `replayed`: this send found the message by its key and sent nothing.
Record message_record(const sms::Message& message,
                      std::string_view workspace,
                      Replayed replayed = Replayed::no);
Record conversation_record(const sms::Conversation& conversation, std::string_view workspace);
Record number_record(const sms::Number& number, std::string_view workspace);
Record event_record(const sms::Event& event, std::string_view workspace);
/// Says where each secret comes from ("sealed", "env:NAME") and never what it is.
Record workspace_record(const Workspace& workspace,
                        std::string_view api_secret_from,
                        std::string_view webhook_secret_from);
Record error_record(const Error& error);

/// One thing a workspace needs, and whether it has it.
struct WorkspaceCheck {
    std::string name;
    bool ok = false;
    std::string message;
    std::string fix; ///< what to type; empty when all is well
};

/// What `workspace test` found.
struct WorkspaceTest {
    std::string account_id;
    std::string account_name;
    std::string account_status;
    std::string account_type;
    std::optional<Money> balance;
    std::vector<std::string> numbers;
    std::vector<WorkspaceCheck> checks;
};
Record workspace_test_record(const Workspace& workspace, const WorkspaceTest& test);

/// One field of something that a sync changed.
struct FieldChange {
    std::string field;
    std::string from;
    std::string to;
};

/// One difference that a sync found.
struct Change {
    std::string id;
    std::string kind;   ///< "number", "message" or "call"
    std::string change; ///< "added", "changed" or "removed"
    std::string address;
    std::string name;
    std::string provider_id;
    std::vector<FieldChange> fields;
};
Record change_record(const Change& change, std::string_view workspace);

/// One webhook that `trigger` delivered.
struct Delivery {
    std::string id; ///< "dlv_…"
    std::string type;
    std::string origin; ///< the flow, event or file it is of; empty for a single type
    std::string url;
    bool is_signed = false;
    std::string provider_id;
    int http = 0; ///< 0: no answer came
    bool ok = false;
    Millis duration{};
    std::string body;
    std::string error;
    Instant created_at;
};
Record delivery_record(const Delivery& delivery, std::string_view workspace);

/// What a run of `reconcile` or `sync` did.
struct Summary {
    std::string kind;
    std::string skipped; ///< "locked"; empty when it ran
    std::string method;  ///< "list" or "lookup"
    int requests = 0;
    int checked = 0;
    int changed = 0;
    int received = 0;
    int failed = 0;
    int open = 0;
    Instant started_at;
    Instant finished_at;
    int in_doubt = 0;
    bool stopped_early = false; ///< before all was asked
    int pages = 0;
    int lookups = 0;
    int saved = 0;            ///< requests, by pages instead of lookups
    int settled = 0;          ///< doubts that were ended
    std::int64_t removed = 0; ///< messages older than the workspace keeps them
};
Record summary_record(const Summary& summary, std::string_view workspace);

/// What a `db` command found or did.
struct DatabaseState {
    std::string path;
    std::optional<int> schema_version; ///< nothing: there is no file yet
    int newest_version = 0;
    std::string action;
    bool ok = true;
    std::vector<std::string> problems;
    std::vector<std::string> migrations;
    std::string backup;
};
Record database_record(const DatabaseState& state);

} // namespace smsctl::output
