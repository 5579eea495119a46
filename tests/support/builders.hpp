#pragma once

#include "sms/message.hpp"
#include "sms/number.hpp"
#include "store/conversations.hpp"
#include "store/database.hpp"
#include "store/leases.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"
#include "store/scope.hpp"
#include "store/workspaces.hpp"
#include "support/temp_dir.hpp"

#include <string>

namespace smsctl::test {

/// 2026-03-02T10:11:12.345Z, the time in what the builders make.
constexpr Instant noon{Millis(1'772'446'272'345)};
inline const std::string our_number = "+15550199";
inline const std::string their_number = "+15550100";

/// A Twilio workspace, not stored: account AC and 32 zeros but for its name's hash.
Workspace make_workspace(const std::string& name = "prod");
/// An active number with all capabilities, not stored; its provider id goes by its address.
sms::Number make_number(const std::string& address = our_number);
/// A planned outbound message "Hi" from our number to theirs, not stored, in no conversation.
sms::Message make_message(const std::string& body = "Hi");

/// Stores `message` with its contact and conversation as `message`'s two ends say, and counts it
/// into the conversation.
sms::Message store_message(store::Scope& scope, sms::Message message);

/// A migrated database in a folder of its own, with one stored workspace and a scope bound to it.
struct TestStore {
    explicit TestStore(const std::string& workspace_name = "prod");

    /// Stores another workspace in the same database.
    Workspace add_workspace(const std::string& name);
    /// The same file, opened once more.
    store::Database reopen() const;
    std::string path() const { return (folder / "smsctl.db").string(); }

    TempDir folder;
    store::Database database;
    Workspace workspace;
    store::Scope scope;
};

} // namespace smsctl::test
