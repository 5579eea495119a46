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
    return inbound;
}

} // namespace smsctl::updates
