// A request is one thing and its messages are many: all of it is written at once, so that a crash
// finds either a request that is armed with all its messages in the air, or one that is settled.
#include "delivery/bulk_recorder.hpp"

#include "providers/twilio/error_map.hpp"
#include "store/bulk_requests.hpp"
#include "store/event_log.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace smsctl::delivery {

namespace {

namespace twilio = providers::twilio;

/// What a refusal says about one of the recipients, as a refusal of a message of its own.
providers::Rejected refusal_of(const twilio::BulkFault& fault, const twilio::BulkRejected& whole)
{
    providers::ProviderError error = whole.error;
    error.fault.code = fault.code;
    error.message = fault.message;
    const twilio::ErrorRow* const row = twilio::explain(fault.code);
    error.meaning = row != nullptr ? row->meaning : std::string_view();
    return {std::move(error)};
}

} // namespace

BulkRecorder::BulkRecorder(store::Scope& scope, const Clock& clock)
    : m_scope(scope), m_clock(clock), m_recorder(scope, clock)
{
}

BulkRecorder::Recorded BulkRecorder::record(sms::BulkRequest& request,
                                            const std::vector<sms::Message>& messages,
                                            const twilio::BulkOutcome& outcome)
{
    Recorded recorded;
    if (const auto* accepted = std::get_if<twilio::BulkAccepted>(&outcome)) {
        request.state = sms::BulkState::accepted;
        request.operation_id = accepted->operation_id;
        recorded = settle(messages, accepted->operation_id, &Recorder::take_in);
        store::BulkRequests(m_scope).update(request);
    } else if (std::holds_alternative<twilio::BulkAcceptedUntracked>(outcome)) {
        request.state = sms::BulkState::untracked;
        recorded =
            settle(messages, "taken in without the name of an operation", &Recorder::take_in);
        store::BulkRequests(m_scope).update(request);
    } else if (const auto* rejected = std::get_if<twilio::BulkRejected>(&outcome)) {
        recorded = refuse(request, messages, *rejected);
    } else if (const auto* not_sent = std::get_if<providers::NotSent>(&outcome)) {
        close(request, sms::BulkState::not_sent, not_sent->error.message);
        for (const sms::Message& message : messages)
            m_recorder.put_back(message);
        recorded.planned_again = messages;
    } else {
        request.state = sms::BulkState::unknown;
        request.problem = std::get<providers::Unknown>(outcome).reason;
        recorded = settle(messages, request.problem, &Recorder::doubt);
        write(request, request.problem);
    }
    return recorded;
}

/// What `become` makes of every message, for this reason.
BulkRecorder::Recorded BulkRecorder::settle(const std::vector<sms::Message>& messages,
                                            std::string_view reason,
                                            Become become)
{
    Recorded recorded;
    for (const sms::Message& message : messages) {
        Settled& settled = recorded.settled.emplace_back(Settled{.message = message});
        (m_recorder.*become)(settled.message, reason);
    }
    return recorded;
}

/// Only those it names are at fault. Nothing was created, so the others may go again.
BulkRecorder::Recorded BulkRecorder::refuse(sms::BulkRequest& request,
                                            const std::vector<sms::Message>& messages,
                                            const twilio::BulkRejected& rejected)
{
    close(request, sms::BulkState::refused, rejected.error.message);
    std::map<std::size_t, const twilio::BulkFault*> culprits;
    for (const twilio::BulkFault& fault : rejected.faults)
        if (fault.row && *fault.row < messages.size())
            culprits.emplace(*fault.row, &fault);
    Recorded recorded;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        if (const auto culprit = culprits.find(i); culprit != culprits.end()) {
            recorded.settled.push_back(m_recorder.record(
                messages[i], refusal_of(*culprit->second, rejected), NotSentMeans::once_more));
        } else {
            m_recorder.put_back(messages[i]);
            recorded.planned_again.push_back(messages[i]);
        }
    }
    return recorded;
}

/// Nothing of it was created: it carries nothing any more.
void BulkRecorder::close(sms::BulkRequest& request,
                         sms::BulkState state,
                         const std::string& problem)
{
    request.state = state;
    request.problem = problem;
    request.settled_at = m_clock.now();
    store::BulkRequests(m_scope).let_go(request);
    write(request, problem);
}

int BulkRecorder::doubt_abandoned()
{
    store::BulkRequests requests(m_scope);
    int in_doubt = 0;
    for (sms::BulkRequest& request : requests.abandoned(m_clock.now())) {
        std::vector<sms::Message> messages = requests.messages(request);
        std::erase_if(messages, [](const sms::Message& message) {
            return message.status != sms::Status::submitting;
        });
        request.state = sms::BulkState::unknown;
        request.problem = "the process that submitted it died";
        settle(messages, request.problem, &Recorder::doubt);
        write(request, request.problem);
        in_doubt += static_cast<int>(messages.size());
    }
    return in_doubt;
}

void BulkRecorder::write(const sms::BulkRequest& request, std::string_view what)
{
    store::BulkRequests(m_scope).update(request);
    sms::Event event;
    event.kind = sms::EventKind::batch;
    event.source = sms::EventSource::submit;
    event.status = sms::word(request.state);
    event.reason =
        fmt::format("bulk request {} of {} messages: {}", request.tag, request.row_count, what);
    event.created_at = m_clock.now();
    store::EventLog(m_scope).append(event);
}

} // namespace smsctl::delivery
