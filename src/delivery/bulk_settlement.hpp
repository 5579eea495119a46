#pragma once

#include "core/clock.hpp"
#include "providers/twilio/bulk_client.hpp"
#include "providers/twilio/bulk_match.hpp"
#include "sms/bulk_request.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace smsctl::delivery {

/// What a look at requests of the bulk API brought.
struct BulkLook {
    int requests = 0; ///< to the provider, those that came again as well
    int checked = 0;  ///< messages that were asked about
    int changed = 0;  ///< that moved on, or got their provider id
    int became_failures = 0;
    int open = 0;                     ///< messages that still have neither an id nor a final status
    bool stopped_early = false;       ///< by the limit, the time or a signal
    std::int64_t last_row = 0;        ///< of the request that was asked about last
    std::vector<std::string> repeats; ///< requests that were carried out more than once
    std::string problem;              ///< of `watch`: why the provider could not be asked
};

/// Requests of which there may be news, while the provider still shows them; `batch_row` 0: of
/// every batch.
std::vector<sms::BulkRequest>
bulk_requests_to_ask_about(store::Scope& scope, const Clock& clock, std::int64_t batch_row);

/// Reads back what became of requests to the bulk API: finds their messages by the tag, gives each
/// of ours its status and provider id, and adopts what was in doubt. Only what is found counts;
/// that nothing is found changes nothing. No transaction is open while the provider is asked.
class BulkSettlement {
public:
    /// `before`: the status it had.
    using OnChange = std::function<void(const sms::Message& message, sms::Status before)>;

    BulkSettlement(store::Scope& scope, providers::twilio::BulkClient& client, Clock& clock);

    /// Asks once about each, until `until` and as far as the client's limits allow. `on_change` is
    /// called after the commit. Throws what the client's reads throw; what was written before
    /// stays.
    BulkLook look(std::vector<sms::BulkRequest> requests,
                  std::optional<Instant> until,
                  const OnChange& on_change,
                  const std::stop_token& stop);
    /// Looks at a batch again and again until all its messages are known, or `until`; once without.
    /// Throws only what the storage says: what cannot be asked now is `problem`.
    BulkLook watch(std::int64_t batch_row,
                   std::optional<Instant> until,
                   const OnChange& on_change,
                   const std::stop_token& stop);

private:
    class Look;

    store::Scope& m_scope;
    providers::twilio::BulkClient& m_client;
    Clock& m_clock;
};

} // namespace smsctl::delivery
