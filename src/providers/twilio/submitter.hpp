#pragma once

#include "http/pool.hpp"
#include "providers/provider.hpp"
#include "providers/twilio/api.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace smsctl::providers::twilio {

/// Creates messages through the 2010 API, one request each.
class MessageSubmitter final : public Submitter {
public:
    /// `provider` is the name errors carry. Throws `usage.api_base` for a bad base.
    MessageSubmitter(std::string_view provider, const ProviderConfig& config);

    void start(std::int64_t ticket, const Outgoing& message) override;
    std::size_t in_flight() const override { return m_pool.in_flight() + m_refused.size(); }
    std::vector<Submitted> wait(std::optional<Millis> longest) override;
    void wake() override { m_pool.wake(); }

private:
    Api m_api;
    http::Pool m_pool;
    std::vector<Submitted> m_refused; ///< without a request
};

} // namespace smsctl::providers::twilio
