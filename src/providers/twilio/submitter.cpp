#include "providers/twilio/submitter.hpp"

#include "core/time_text.hpp"
#include "providers/twilio/error_map.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace smsctl::providers::twilio {

namespace {

constexpr int scheduling_needs_service = 35118;

http::Form form_of(const Outgoing& message)
{
    http::Form form{{"To", message.to}};
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty())
            form.emplace_back(name, value);
    };
    add("From", message.from);
    add("MessagingServiceSid", message.messaging_service_id);
    add("Body", message.body);
    for (const std::string& url : message.media_urls)
        add("MediaUrl", url);
    add("StatusCallback", message.status_callback);
    if (message.validity)
        add("ValidityPeriod", fmt::format("{}", message.validity->count()));
    if (message.send_at) {
        add("ScheduleType", "fixed");
        add("SendAt", text::rfc3339_seconds(*message.send_at));
    }
    return form;
}

std::optional<int> account_in_flight(const http::Result& result)
{
    const auto* const response = std::get_if<http::Response>(&result);
    if (response == nullptr)
        return std::nullopt;
    const std::string_view said = http::header(response->headers, "Twilio-Concurrent-Requests");
    int count = 0;
    const auto [end, error] = std::from_chars(said.data(), said.data() + said.size(), count);
    return error == std::errc() && count > 0 ? std::optional(count) : std::nullopt;
}

/// Twilio is said to drop the schedule then and to send at once: never let it try.
Rejected schedule_without_service(const std::string& provider)
{
    const ErrorRow* const row = explain(scheduling_needs_service);
    ProviderError error;
    error.fault.provider = provider;
    error.fault.code = scheduling_needs_service;
    error.message = row->meaning;
    error.meaning = row->meaning;
    error.advice = row->advice;
    error.retry = row->retry;
    return {std::move(error)};
}

} // namespace

MessageSubmitter::MessageSubmitter(std::string_view provider, const ProviderConfig& config)
    : m_api(provider, config), m_pool(m_api.post_pool(m_api.account_path("/Messages.json")))
{
}

void MessageSubmitter::start(std::int64_t ticket, const Outgoing& message)
{
    if (message.send_at && message.messaging_service_id.empty())
        m_refused.push_back({ticket, schedule_without_service(m_api.provider())});
    else
        m_pool.start(ticket, http::encode_form(form_of(message)));
}

std::vector<Submitted> MessageSubmitter::wait(std::optional<Millis> longest)
{
    if (!m_refused.empty())
        return std::exchange(m_refused, {});
    std::vector<Submitted> submitted;
    for (const http::Finished& finished : m_pool.wait(longest))
        submitted.push_back({finished.ticket,
                             m_api.submitted(finished.result),
                             account_in_flight(finished.result)});
    return submitted;
}

} // namespace smsctl::providers::twilio
