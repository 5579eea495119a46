#pragma once

#include "http/pool.hpp"
#include "providers/provider.hpp"
#include "providers/twilio/api.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::providers::twilio {

/// Reads messages through the 2010 API, one request each.
class MessageReader final : public Reader {
public:
    /// `provider` is the name errors carry. Throws `usage.api_base` for a bad base.
    MessageReader(std::string_view provider, const ProviderConfig& config);

    void start(std::int64_t ticket, const MessageRead& read) override;
    std::size_t in_flight() const override { return m_pool.in_flight(); }
    std::vector<ReadAnswer> wait(std::optional<Millis> longest) override;
    void wake() override { m_pool.wake(); }

private:
    struct Begun {
        MessageRead read;
        std::string path;
    };
    ReadOutcome outcome_of(const Begun& begun, const http::Result& result) const;
    /// What a success says; nothing when it cannot be read.
    std::optional<ReadOutcome> read(const Begun& begun, const std::string& body) const;
    ReadOutcome missing(const Begun& begun) const;

    Api m_api;
    http::Pool m_pool;
    std::map<std::int64_t, Begun> m_begun;
};

} // namespace smsctl::providers::twilio
