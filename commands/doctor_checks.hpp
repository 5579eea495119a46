#pragma once

#include "commands/session.hpp"
#include "output/check_record.hpp"
#include "sms/number.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace smsctl {

// What doctor looks at, a file a subject. Each function tells what it found through `Tell` and
// mends what it safely can where `--fix` was given.

using Tell = std::function<void(output::Check)>;

struct DoctorOptions {
    bool fix = false;
    bool offline = false;
};

/// Whether nobody else can read the database and the key, or put others in their places.
void check_modes(const std::filesystem::path& database,
                 const DoctorOptions& options,
                 const Tell& tell);
/// Judges the space left beside a database of `size` bytes.
output::Check judge_space(std::uintmax_t available, std::uintmax_t size);
void check_space(const std::filesystem::path& database, const Tell& tell);
/// Pages, references, schema, counters and indexes; false when nothing more should be read.
bool check_integrity(store::Database& database, const DoctorOptions& options, const Tell& tell);

/// Secrets, credentials, the clock, signatures, sender and webhooks of a workspace.
void check_account(const Workspace& workspace,
                   const DoctorOptions& options,
                   Session& session,
                   const Tell& tell);
/// Sends and listeners that were cut off.
void check_work(const Workspace& workspace,
                const DoctorOptions& options,
                Session& session,
                const Tell& tell);

/// Judges whether the workspace's sender may text, among the account's `numbers`.
output::Check judge_sender(const Workspace& workspace, const std::vector<sms::Number>& numbers);
/// Judges where a number's webhook points, beside the workspace's public-url.
output::Check judge_webhook(const Workspace& workspace, const sms::Number& number);
/// Judges our clock by the provider's Date header; an empty one cannot be judged.
output::Check judge_clock(const std::string& date, Instant now);

} // namespace smsctl
