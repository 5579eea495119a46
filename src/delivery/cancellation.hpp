#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "sms/batch.hpp"
#include "sms/message.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>

namespace smsctl::delivery {

/// What became of a batch's messages when it was canceled.
struct CanceledBatch {
    std::int64_t here = 0;        ///< that had not been submitted
    std::int64_t at_provider = 0; ///< that the provider held for their time
    std::int64_t too_late = 0;    ///< that it let go meanwhile
    int in_hand = 0; ///< still being submitted by a process that does not come to its end
};

/// Takes back what has not left: what waits here, and what the provider holds. What is in the air
/// or gone stays as it is.
class Cancellation {
public:
    /// Called when the provider is needed, which a message that waits here does not.
    using ProviderSource = std::function<providers::Provider&()>;
    Cancellation(store::Scope& scope, Clock& clock, ProviderSource provider);

    /// The message as it is afterwards; one that was canceled before is fine. Throws
    /// `usage.inbound` (2), `rejected.*` (5) for what cannot be taken back any more, and what the
    /// provider throws.
    sms::Message cancel(const sms::Message& message);
    /// The message as it would be; throws what is known here to stand against it.
    sms::Message rehearse(sms::Message message);

    /// Called now and then with what was done so far.
    using OnProgress = std::function<void(const CanceledBatch&)>;
    /// From the first commit on nobody submits anything more of it; the rest is done piece by
    /// piece, and a second call goes on with it. `batch` is kept true. Returns once nothing of it
    /// is in anybody's hand, or after a minute, or when `stop` comes, and then with what was done
    /// so far. Throws `rejected.*` (5) when there is nothing to take back, `pending.elsewhere` (8)
    /// while it is being planned, and what the provider throws.
    CanceledBatch
    cancel(sms::Batch& batch, const OnProgress& on_progress, const std::stop_token& stop);
    /// Its messages by status as they would be; `batch` becomes canceled. Throws like `cancel`.
    sms::StatusCounts rehearse(sms::Batch& batch);

private:
    enum class Holder { us, provider, nobody };
    Holder holder_of(const sms::Message& message);
    void take_back(sms::Message& message);
    sms::StatusCounts check(const sms::Batch& batch);
    void close(sms::Batch& batch);
    void cancel_held(const sms::Batch& batch,
                     CanceledBatch& canceled,
                     const OnProgress& on_progress,
                     const std::stop_token& stop);
    void await_hands(const sms::Batch& batch, CanceledBatch& canceled, const std::stop_token& stop);

    store::Scope& m_scope;
    Clock& m_clock;
    ProviderSource m_provider;
};

} // namespace smsctl::delivery
