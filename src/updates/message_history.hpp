#pragma once

#include "core/clock.hpp"
#include "providers/provider.hpp"
#include "updates/history.hpp"
#include "updates/own_sends.hpp"

#include <map>
#include <string>
#include <vector>

namespace smsctl::updates {

/// Every message of the account, both ways, whoever made it. New ones enter their conversations as
/// if the webhook had come; stored ones get what is new of them. What may be a send of ours whose
/// fate is unknown is left for settlement.
class MessageHistory final : public History {
public:
    MessageHistory(store::Scope& scope, providers::Provider& provider, const Clock& clock);

    std::string_view name() const override { return "messages"; }
    HistoryPage read(std::string_view page) override;
    std::vector<Difference> enter(Instant from) override;
    std::optional<Instant> left_since() const override { return m_left_since; }
    std::optional<Instant> unsettled_since() override;
    /// How many messages were left for settlement.
    std::size_t left_count() const { return m_left_count; }

private:
    void enter(const providers::RemoteMessage& remote,
               OwnSends& own_sends,
               std::vector<Difference>& differences);
    void leave(const providers::RemoteMessage& remote);

    store::Scope& m_scope;
    providers::Provider& m_provider;
    const Clock& m_clock;
    std::vector<providers::RemoteMessage> m_page;
    std::map<std::string, std::vector<sms::Media>, std::less<>> m_media; ///< by provider id
    std::optional<Instant> m_left_since;
    std::size_t m_left_count = 0;
};

} // namespace smsctl::updates
