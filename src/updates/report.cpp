#include "updates/report.hpp"

namespace smsctl::updates {

providers::StatusReport report_of(const providers::RemoteMessage& remote)
{
    providers::StatusReport report;
    report.provider_id = remote.provider_id;
    report.status_word = remote.status_word;
    report.status = remote.status;
    report.failure = remote.failure;
    report.from = remote.from;
    report.to = remote.to;
    report.messaging_service_id = remote.messaging_service_id;
    if (remote.segments > 0)
        report.segments = remote.segments;
    report.price = remote.price;
    report.sent_at = remote.sent_at;
    report.updated_at = remote.updated_at;
    return report;
}

providers::InboundMessage inbound_of(const providers::RemoteMessage& remote)
{
    providers::InboundMessage inbound;
    inbound.provider_id = remote.provider_id;
    inbound.from = remote.from;
    inbound.to = remote.to;
    inbound.messaging_service_id = remote.messaging_service_id;
    inbound.body = remote.body;
    inbound.segments = remote.segments;
    inbound.keyword = sms::keyword(remote.body);
    inbound.price = remote.price;
    return inbound;
}

sms::Message made_elsewhere(const providers::RemoteMessage& remote, Instant now)
{
    sms::Message message;
    message.direction = sms::Direction::outbound;
    message.from = remote.from;
    message.to = remote.to;
    message.messaging_service_id = remote.messaging_service_id;
    message.body = remote.body;
    message.segments = remote.segments;
    // The provider has it, whatever its word for that means.
    message.status = remote.status.value_or(sms::Status::accepted);
    message.status_at = remote.updated_at.value_or(now);
    message.failure = remote.failure;
    message.provider_id = remote.provider_id;
    message.price = remote.price;
    message.created_at = remote.created_at.value_or(remote.sent_at.value_or(now));
    message.sent_at = remote.sent_at;
    if (message.status == sms::Status::delivered || message.status == sms::Status::read)
        message.delivered_at = remote.updated_at;
    return message;
}

Instant made_at(const providers::RemoteMessage& remote)
{
    return remote.created_at.value_or(remote.sent_at.value_or(Instant()));
}

Instant listed_at(const providers::RemoteMessage& remote)
{
    return remote.sent_at.value_or(remote.created_at.value_or(Instant()));
}

} // namespace smsctl::updates
