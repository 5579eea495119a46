#pragma once

#include "core/clock.hpp"
#include "delivery/breaker.hpp"
#include "delivery/claims.hpp"
#include "delivery/recorder.hpp"
#include "delivery/settled.hpp"
#include "delivery/submission.hpp"
#include "providers/provider.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <unordered_map>
#include <vector>

namespace smsctl::delivery {

struct WorkOptions {
    int concurrency = 50;      ///< submits in flight
    std::optional<double> mps; ///< segments a second for each sender; no limit without
    std::optional<FailureLimit> max_failures;
    int most = 0;                 ///< messages to take; 0: all
    std::size_t bulk_rows = 1000; ///< messages in a request to the bulk API
};

/// Claim, submit, record: the second half of every send. The claim is committed before a request
/// leaves; what comes back is committed after; no transaction is open across the network. Answers
/// and the next claims share a transaction, and the network goes on meanwhile in its own thread.
class Worker {
public:
    Worker(store::Scope& scope, providers::Provider& provider, Clock& clock, WorkOptions options);

    using OnSettled = std::function<void(const Settled&)>;
    /// Submits what `selection` names; `on_settled` gets each message once, after it is committed.
    /// What certainly was not sent is tried again, obeying the provider's pauses, until nothing
    /// gets through four times in a row; a message named by its row four times at most. What was
    /// not sent stays planned where somebody can ask for it again; else it becomes failed, as
    /// whoever is told "not sent" sends anew. Throws `in_doubt.not_recorded` (7) when answers could
    /// not be stored, what the storage says (12), and what `on_settled` throws, in each case after
    /// what is in flight came back.
    Ended run(const Selection& selection, const OnSettled& on_settled, const std::stop_token& stop);

private:
    class Run;

    store::Scope& m_scope;
    providers::Provider& m_provider;
    Clock& m_clock;
    WorkOptions m_options;
};

} // namespace smsctl::delivery
