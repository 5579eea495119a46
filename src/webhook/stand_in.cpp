#include "webhook/stand_in.hpp"

#include "http/form.hpp"

#include <fmt/format.h>

namespace smsctl::webhook {

http::ServerRequest stand_in(const providers::InboundMessage& inbound, const std::string& path)
{
    http::Form form{{"ApiVersion", "2010-04-01"},
                    {"AccountSid", inbound.account_id},
                    {"MessageSid", inbound.provider_id},
                    {"SmsSid", inbound.provider_id},
                    {"SmsMessageSid", inbound.provider_id},
                    {"SmsStatus", "received"},
                    {"From", inbound.from},
                    {"To", inbound.to},
                    {"Body", inbound.body},
                    {"NumSegments", fmt::to_string(inbound.segments)},
                    {"NumMedia", fmt::to_string(inbound.media.size())}};
    if (!inbound.messaging_service_id.empty())
        form.emplace_back("MessagingServiceSid", inbound.messaging_service_id);
    for (std::size_t i = 0; i < inbound.media.size(); ++i) {
        form.emplace_back(fmt::format("MediaUrl{}", i), inbound.media[i].url);
        form.emplace_back(fmt::format("MediaContentType{}", i), inbound.media[i].content_type);
    }
    http::ServerRequest request;
    request.method = "POST";
    request.target = path;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = http::encode_form(form);
    return request;
}

} // namespace smsctl::webhook
