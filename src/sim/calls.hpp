#pragma once

#include "core/clock.hpp"
#include "http/form.hpp"
#include "sim/account.hpp"
#include "sim/answer.hpp"
#include "sim/api_request.hpp"

#include <nlohmann/json_fwd.hpp>

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace smsctl::sim {

/// A call that was; the words are the wire's. Nobody can make one here: tests put them in.
struct Call {
    std::string sid;
    std::string parent_sid;
    std::string from;
    std::string to;
    std::string status;
    std::string direction;
    std::string number_sid; ///< our end's; empty when neither end is ours
    int duration = 0;       ///< seconds
    std::string price;
    Instant created_at;
    std::optional<Instant> started_at; ///< none: it was not answered
    std::optional<Instant> ended_at;
};

struct CallField {
    std::string_view name;
    std::string_view meaning; ///< for help
};
/// The fields of POST /sim/calls.
std::span<const CallField> call_fields();

/// The call that the form says, without a SID, or what is wrong with it.
std::variant<Call, std::string>
read_call(const http::Form& form, const Account& account, Instant now);

/// Calls, as Twilio's 2010 API lists them. One thread.
class Calls {
public:
    explicit Calls(Account& account) : m_account(account) {}

    /// Puts one in, or says what is wrong with it.
    std::variant<const Call*, std::string> add(const http::Form& form, Instant now);
    const std::deque<Call>& all() const { return m_calls; }

    /// `request.resource` begins with "Calls".
    http::ServerResponse answer(const ApiRequest& request);
    nlohmann::ordered_json json(const Call& call) const;

private:
    Account& m_account;
    std::deque<Call> m_calls; ///< references stay good
};

} // namespace smsctl::sim
