#pragma once

#include "core/clock.hpp"
#include "delivery/recorder.hpp"
#include "providers/twilio/bulk_client.hpp"
#include "sms/bulk_request.hpp"
#include "store/scope.hpp"

#include <string_view>
#include <vector>

namespace smsctl::delivery {

/// Writes what became of requests to the bulk API and of the messages they carry, inside the
/// caller's transaction.
class BulkRecorder {
public:
    BulkRecorder(store::Scope& scope, const Clock& clock);

    struct Recorded {
        std::vector<Settled> settled;            ///< accepted, rejected or in doubt
        std::vector<sms::Message> planned_again; ///< nothing was sent of these
    };
    /// `messages` as they were when the request was armed, in its order.
    Recorded record(sms::BulkRequest& request,
                    const std::vector<sms::Message>& messages,
                    const providers::twilio::BulkOutcome& outcome);
    /// Leaves in doubt all that dead processes had armed; gives how many messages that is.
    int doubt_abandoned();
    /// Writes `request` and logs what happened to it.
    void write(const sms::BulkRequest& request, std::string_view what);

private:
    using Become = void (Recorder::*)(sms::Message& message, std::string_view reason);
    Recorded
    settle(const std::vector<sms::Message>& messages, std::string_view reason, Become become);
    Recorded refuse(sms::BulkRequest& request,
                    const std::vector<sms::Message>& messages,
                    const providers::twilio::BulkRejected& rejected);
    void close(sms::BulkRequest& request, sms::BulkState state, const std::string& problem);

    store::Scope& m_scope;
    const Clock& m_clock;
    Recorder m_recorder;
};

} // namespace smsctl::delivery
