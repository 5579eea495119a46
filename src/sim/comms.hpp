#pragma once

#include "http/form.hpp"
#include "http/server.hpp"
#include "sim/account.hpp"
#include "sim/comms_wire.hpp"
#include "sim/faults.hpp"
#include "sim/ledger.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sim {

/// Twilio's bulk API (comms.twilio.com/v1/Messages) over the same account: its messages are in the
/// ledger like all others. What is known of the real one and hard on clients is kept: no
/// idempotency, names of filters that are not known filter nothing, pages are cut before they are
/// filtered, and after a week nothing is shown any more. One thread.
class Comms {
public:
    Comms(Account& account, Ledger& ledger, Clock& clock)
        : m_account(account), m_ledger(ledger), m_clock(clock)
    {
    }

    static bool is_comms(std::string_view target) { return target.starts_with("/v1/Messages"); }
    /// Which faults a request meets; nothing for one that meets none.
    static std::optional<FaultScope> scope_of(const http::ServerRequest& request);

    /// `fault` is what this request meets.
    http::ServerResponse answer(const http::ServerRequest& request,
                                const std::optional<Fault>& fault);

private:
    /// A request that is signed in, taken apart.
    struct Request {
        std::string method;
        std::string base;                       ///< "http://host/v1/Messages"
        std::vector<std::string_view> resource; ///< below that
        http::Form query;
        const http::ServerRequest& wire;
        bool ignores_filters = false;
    };

    http::ServerResponse answer_to(const http::ServerRequest& request, bool late, bool lax);
    http::ServerResponse route(const Request& request);
    http::ServerResponse send(const Request& request);
    http::ServerResponse list_messages(const Request& request);
    http::ServerResponse list_operations(const Request& request);
    http::ServerResponse fetch_operation(std::string_view id);
    http::ServerResponse fetch_message(const Request& request, std::string_view id);
    http::ServerResponse seek(const Request& request, std::string_view identifier);
    void add(const CommsRecipient& recipient, const CommsSend& send, CommsOperation& operation);
    std::string new_id(std::string_view kind);
    bool is_visible(Instant created_at) const;

    Account& m_account;
    Ledger& m_ledger;
    Clock& m_clock;
    std::deque<CommsOperation> m_operations; ///< oldest first; references stay good
    std::deque<CommsMessage> m_messages;     ///< oldest first; references stay good
};

} // namespace smsctl::sim
