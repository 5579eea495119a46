#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "sms/call.hpp"
#include "updates/history.hpp"

#include <vector>

namespace smsctl::updates {

/// Every call of the account: each stands in the conversation of its two ends, which is made where
/// there is none yet.
class CallHistory final : public History {
public:
    CallHistory(store::Scope& scope, providers::Provider& provider, const Clock& clock);

    std::string_view name() const override { return "calls"; }
    HistoryPage read(std::string_view page) override;
    std::vector<Difference> enter(Instant from) override;
    std::optional<Instant> left_since() const override { return std::nullopt; }
    std::optional<Instant> unsettled_since() override;

private:
    void add(sms::Call& call);
    void update(const sms::Call& listed, sms::Call& call, std::vector<Difference>& differences);
    /// The event of a call that is new or moved on, or, as `change`, of a detail.
    std::int64_t log(const sms::Call& call, bool is_news, std::string reason);

    store::Scope& m_scope;
    providers::Provider& m_provider;
    const Clock& m_clock;
    std::vector<sms::Call> m_page;
};

} // namespace smsctl::updates
