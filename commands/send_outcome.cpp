#include "commands/send_outcome.hpp"

#include "core/time_text.hpp"
#include "delivery/retry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smsctl {

namespace {

Outcome failed(const sms::Message& message, Error error)
{
    return {message.to, std::move(error)};
}

std::string reason_of(const sms::Message& message)
{
    return message.failure ? message.failure->text : "for a reason nobody gave";
}

Outcome refused(const sms::Message& message, const providers::ProviderError& provider_error)
{
    const bool auth = delivery::refused_credentials(provider_error);
    const std::string& meaning =
        provider_error.meaning.empty() ? provider_error.message : provider_error.meaning;
    Error error(auth ? Exit::auth : Exit::rejected,
                auth ? "auth.refused" : "provider.rejected",
                fmt::format("{}: {} refused it: {}", message.to, message.provider, meaning),
                provider_error.advice);
    error.with_provider(provider_error.fault);
    return failed(message, std::move(error));
}

Outcome not_sent(const delivery::Settled& settled)
{
    const sms::Message& message = settled.message;
    const providers::ProviderError& provider_error = settled.error.value();
    const bool limited = provider_error.fault.http == 429;
    Error error(Exit::unavailable,
                limited ? "provider.rate_limited" : "provider.unavailable",
                fmt::format("{}: certainly not sent, after {} {}: {}",
                            message.to,
                            message.attempts,
                            message.attempts == 1 ? "try" : "tries",
                            provider_error.message),
                settled.retry_after ? fmt::format("run the same command again in {} s",
                                                  settled.retry_after->count() / 1000)
                                    : "run the same command again later");
    error.with_provider(provider_error.fault);
    return failed(message, std::move(error));
}

/// Certainly not sent, by a stop: what it takes to send it after all.
Outcome stopped(const sms::Message& message)
{
    return failed(message,
                  {Exit::pending,
                   "pending.stopped",
                   fmt::format("{}: stopped before it was submitted", message.to),
                   message.key.empty() ? "it was not sent; send it again"
                                       : "run the same command again to send it"});
}

Outcome elsewhere(const sms::Message& message)
{
    return failed(message,
                  {Exit::pending,
                   "pending.elsewhere",
                   fmt::format("{}: another process is submitting it", message.to),
                   fmt::format("smsctl message show {}", message.id)});
}

} // namespace

Outcome outcome_of(const delivery::Settled& settled)
{
    const sms::Message& message = settled.message;
    if (settled.unrecorded)
        return failed(message, *settled.unrecorded);
    if (settled.stopped)
        return stopped(message);
    if (settled.elsewhere)
        return elsewhere(message);
    if (settled.waits_until)
        return {message.to, std::nullopt};
    switch (message.status) {
    case sms::Status::rejected:
        if (settled.error)
            return refused(message, *settled.error);
        return failed(message,
                      {Exit::rejected,
                       "provider.rejected",
                       fmt::format("{}: refused before: {}", message.to, reason_of(message)),
                       "once the reason is gone, send it under another --key"});
    case sms::Status::in_doubt:
        return failed(
            message,
            {Exit::in_doubt,
             "in_doubt.submit",
             fmt::format("{}: it may have been sent: {}", message.to, reason_of(message)),
             fmt::format("do not send it again; smsctl reconcile, then smsctl message show {}",
                         message.id)});
    case sms::Status::submitting:
        return elsewhere(message);
    case sms::Status::planned:
    case sms::Status::failed:
        if (settled.error && delivery::refused_credentials(*settled.error))
            return refused(message, *settled.error);
        if (settled.error)
            return not_sent(settled);
        if (message.status == sms::Status::planned)
            return stopped(message);
        break;
    default:
        break;
    }
    return {message.to, std::nullopt};
}

Outcome blocked_outcome(const sms::Failure& blocked, const std::string& to)
{
    return {to,
            Error(Exit::blocked,
                  blocked.code,
                  fmt::format("{}: not sent: {}", to, blocked.text),
                  blocked.code == "blocked.opt_out"
                      ? "they must text START before they can be texted again"
                      : "try again later, or look at smsctl workspace show")};
}

Outcome waited_outcome(const sms::Message& message, sms::Status goal)
{
    if (sms::is_failure(message.status))
        return failed(message,
                      {Exit::undelivered,
                       "undelivered",
                       fmt::format("{}: {}{}",
                                   message.to,
                                   sms::word(message.status),
                                   message.failure ? fmt::format(": {} ({})",
                                                                 message.failure->text,
                                                                 message.failure->code)
                                                   : ""),
                       fmt::format("smsctl message show {}", message.id)});
    if (message.status == goal || !sms::advance(message.status, goal))
        return {message.to, std::nullopt};
    return failed(
        message,
        {Exit::pending,
         "pending.status",
         fmt::format(
             "{}: still {}, not yet {}", message.to, sms::word(message.status), sms::word(goal)),
         fmt::format("smsctl reconcile {}", message.id)});
}

Outcome put_off_outcome(const sms::Message& message, Instant until)
{
    return failed(message,
                  {Exit::pending,
                   "pending.scheduled",
                   fmt::format("{}: it waits until {} and was not waited for",
                               message.to,
                               text::rfc3339(until)),
                   "smsctl send --due sends it then"});
}

Outcome unwatched_outcome(const sms::Message& message, const Error& error)
{
    return failed(message,
                  {Exit::pending,
                   "pending.unwatched",
                   fmt::format("{}: it is {}, but waiting for more failed: {}",
                               message.to,
                               sms::word(message.status),
                               error.what()),
                   fmt::format("do not send it again; smsctl reconcile {}", message.id)});
}

Outcome unattempted_outcome(const sms::Message& message, const Error& error)
{
    return failed(message,
                  {error.exit() == Exit::in_doubt ? Exit::storage : error.exit(),
                   "storage.unattempted",
                   fmt::format("{}: not sent: the database failed before its turn", message.to),
                   "once the database works again, send it again"});
}

bool only_pending(const std::vector<Outcome>& outcomes)
{
    return std::all_of(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
        return !outcome.error || outcome.error->exit() == Exit::pending;
    });
}

std::string first_hint(const std::vector<Outcome>& outcomes)
{
    for (const Outcome& outcome : outcomes)
        if (outcome.error)
            return outcome.error->hint();
    return {};
}

void OutcomeSum::add(const Outcome& outcome)
{
    ++m_count;
    if (!outcome.error)
        return;
    ++m_failed;
    if (!m_first)
        m_first = outcome.error;
    m_agree = m_agree && outcome.error->exit() == m_first->exit();
}

void OutcomeSum::raise() const
{
    if (!m_first)
        return;
    if (m_agree && m_failed == m_count)
        throw Error(*m_first);
    throw Error(Exit::partial,
                "partial",
                fmt::format("{} of {} failed; the first: {}", m_failed, m_count, m_first->what()),
                "the records say what became of each");
}

void throw_outcomes(const std::vector<Outcome>& outcomes)
{
    OutcomeSum sum;
    for (const Outcome& outcome : outcomes)
        sum.add(outcome);
    sum.raise();
}

} // namespace smsctl
