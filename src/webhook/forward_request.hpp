#pragma once

#include "core/clock.hpp"
#include "core/secret.hpp"
#include "http/client.hpp"
#include "http/server.hpp"
#include "sms/event.hpp"
#include "store/forwards.hpp"

#include <string>
#include <string_view>

namespace smsctl::webhook {

/// The provider's name for one delivery and all attempts at it; empty where it gives none.
std::string_view idempotency_token(const http::Headers& headers);

/// What of a webhook its application is told.
struct ForwardedRequest {
    std::string method;
    std::string query; ///< of its target, without the `?`
    std::string content_type;
    std::string idempotency_token; ///< I-Twilio-Idempotency-Token; may be empty
    std::string body;              ///< byte for byte
};
ForwardedRequest copy_of(const http::ServerRequest& request);
/// The same of one that was stored.
ForwardedRequest copy_of(const store::PendingForward& pending);

/// The same webhook for the application at `url`: method, query and body as they came, signed for
/// that address with `secret` (not at all with an empty one), and `X-Smsctl-Event` to know a repeat
/// by. Nothing else of the provider's request goes along.
http::Request make_forward(const ForwardedRequest& came,
                           const std::string& url,
                           const std::string& event_id,
                           const Secret& secret,
                           Millis timeout);

/// When an application that failed is told again.
struct RetryPolicy {
    int retries = 5; ///< after the first try
    Millis first_pause = std::chrono::seconds(1);
    Millis longest_pause = std::chrono::minutes(5);
};

/// `forward` after another attempt that came to `result`. Done is 2xx alone, so a redirect is a
/// failure, as it is with the provider. `unit_random`, in [0, 1), spreads the pause.
sms::Forward after_attempt(sms::Forward forward,
                           const http::Result& result,
                           const RetryPolicy& policy,
                           Instant now,
                           double unit_random);

/// What of the application's answer is passed back to the provider.
http::ServerResponse passed_back(http::Response answer);

} // namespace smsctl::webhook
