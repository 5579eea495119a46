#pragma once

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace smsctl {

/// The exit codes that scripts rely on. `exit_meanings()` is the one place that explains them.
enum class Exit : int {
    ok = 0,
    failed = 1,
    usage = 2,
    not_found = 3,
    auth = 4,
    rejected = 5,
    unavailable = 6,
    in_doubt = 7,
    pending = 8,
    partial = 9,
    undelivered = 10,
    blocked = 11,
    storage = 12,
    interrupted = 130,
    terminated = 143,
};

/// One row of the table behind `help exit-codes`, the README and the man page.
struct ExitMeaning {
    Exit exit;
    std::string_view name;
    std::string_view meaning;
    std::string_view run_again;
};

std::span<const ExitMeaning> exit_meanings();

/// What a provider said when it refused or failed.
struct ProviderFault {
    std::string provider;    ///< "twilio"
    std::optional<int> code; ///< the provider's own error number, none where a proxy answered
    int http = 0;            ///< HTTP status, 0 when no answer came
    std::string request_id;  ///< what the provider's support asks for; may be empty
};

/// The one error type. Thrown where the fact is known; becomes words and an exit code in
/// commands/cli.
///
/// `what()` says what went wrong with which thing, in one sentence without a full stop.
class Error : public std::runtime_error {
public:
    /// `code` is stable and dotted ("usage.unknown_option"); `hint` is the next thing to type.
    Error(Exit exit, std::string code, const std::string& message, std::string hint = {});

    Error& with_provider(ProviderFault fault);

    Exit exit() const { return m_exit; }
    const std::string& code() const { return m_code; }
    const std::string& hint() const { return m_hint; }
    const std::optional<ProviderFault>& provider() const { return m_provider; }
    /// True when the same command, run again as it stands, may succeed and cannot do harm.
    bool retryable() const { return m_exit == Exit::unavailable; }

private:
    Exit m_exit;
    std::string m_code;
    std::string m_hint;
    std::optional<ProviderFault> m_provider;
};

/// The errors that many places throw, spelled once.
Error usage_error(std::string code, const std::string& message, std::string hint = {});
Error not_found_error(std::string_view thing, std::string_view reference, std::string hint = {});

} // namespace smsctl
