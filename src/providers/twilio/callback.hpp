#pragma once

#include "providers/provider.hpp"

namespace smsctl::providers::twilio {

/// Twilio's webhooks: forms by POST, or all parameters in the query by GET. The first of several
/// values of a name counts; addresses stay as they came, but for a bare `+` that form decoding
/// turned into a blank.
class Callbacks final : public Webhooks {
public:
    bool recognises(const WebhookRequest& request) const override;
    std::string signature_problem(const WebhookRequest& request,
                                  const Secret& secret) const override;
    bool is_signed(const WebhookRequest& request) const override;
    WebhookContent read(const WebhookRequest& request) const override;
    std::string account_id(const WebhookRequest& request) const override;
    http::ServerResponse acknowledgement() const override;
    http::ServerResponse reply(std::string_view body,
                               std::string_view status_callback) const override;
};

} // namespace smsctl::providers::twilio
