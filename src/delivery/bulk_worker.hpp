#pragma once

#include "core/clock.hpp"
#include "delivery/bulk_recorder.hpp"
#include "delivery/claims.hpp"
#include "delivery/worker.hpp"
#include "providers/twilio/bulk_client.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace smsctl::delivery {

/// Claim, submit, record, many messages a request: what `Worker` is for single messages. A request
/// is stored with its messages before it leaves and goes out once; only what is certainly not
/// there comes again. One whose answer is lost ends the run, as everything in it is in doubt.
class BulkWorker {
public:
    BulkWorker(store::Scope& scope,
               providers::twilio::BulkClient& client,
               Clock& clock,
               const WorkOptions& options);

    /// As `Worker::run`, for a batch. Throws `provider.rejected` (5) when a request is refused for
    /// no fault of its recipients (they stay planned), and `in_doubt.not_recorded` (7) when what
    /// came of one could not be stored.
    Ended
    run(Selection selection, const Worker::OnSettled& on_settled, const std::stop_token& stop);

private:
    /// A request that is on disk and may leave, and what it carries.
    struct Armed {
        sms::BulkRequest record;
        providers::twilio::BulkRequest request;
        std::vector<sms::Message> messages; ///< in the order of its rows
    };

    std::optional<Ended> run_sender(const Selection& selection, const std::stop_token& stop);
    std::optional<Armed> arm(const Selection& selection, Claims& claims);
    std::vector<Claim>
    keep_one_request(std::vector<Claim> claims, const std::string& sender, Claims& from);
    Armed put_together(const Selection& selection, std::vector<Claim> claims);
    providers::twilio::BulkOutcome post(Armed& armed, Claims& claims);
    void record(Armed& armed, const providers::twilio::BulkOutcome& outcome, Claims& claims);
    std::optional<Ended> judge(const Armed& armed,
                               const providers::twilio::BulkOutcome& outcome,
                               const std::stop_token& stop);
    std::optional<Ended> not_sent(const providers::NotSent& not_sent, const std::stop_token& stop);
    void tell(const std::vector<Settled>& settled);

    store::Scope& m_scope;
    providers::twilio::BulkClient& m_client;
    Clock& m_clock;
    WorkOptions m_options;
    const Worker::OnSettled* m_on_settled = nullptr;
    int m_tries = 0; ///< one after the other that were not sent
    FailureCount m_failures;
};

} // namespace smsctl::delivery
