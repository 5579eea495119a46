#include "commands/bulk_tally.hpp"

#include <fmt/format.h>

namespace smsctl {

Tally::Tally(std::int64_t all, Session& session)
    : m_all(all),
      m_clock(session.clock()),
      m_started_at(session.clock().now()),
      m_progress(session.streams().err,
                 session.streams().err_is_terminal && !session.options().quiet,
                 session.clock())
{
}

void Tally::add(const delivery::Settled& settled)
{
    ++m_settled;
    if (settled.unrecorded)
        ++m_unrecorded;
    else if (!settled.elsewhere)
        ++m_counts[settled.message.status];
    if (m_progress.is_due())
        m_progress.show(line());
}

void Tally::move(sms::Status before, const sms::Message& message)
{
    if (const auto found = m_counts.find(before); found != m_counts.end() && found->second > 0)
        --found->second;
    ++m_counts[message.status];
    if (message.failure && message.failure->code == "unaddressable")
        ++m_unaddressable;
}

std::int64_t Tally::of(sms::Status status) const
{
    const auto found = m_counts.find(status);
    return found == m_counts.end() ? 0 : found->second;
}

std::int64_t Tally::taken() const
{
    return m_settled - m_unrecorded - of(sms::Status::rejected) - of(sms::Status::blocked) -
           of(sms::Status::in_doubt) - of(sms::Status::planned) - of(sms::Status::failed);
}

std::string Tally::line() const
{
    const Millis spent = m_clock.now() - m_started_at;
    const double rate =
        spent.count() > 0 ? static_cast<double>(m_settled) * 1000.0 / spent.count() : 0;
    std::string text =
        fmt::format("{} of {}, {:.0f}/s", output::grouped(m_settled), output::grouped(m_all), rate);
    if (rate > 0 && m_all > m_settled)
        text += fmt::format(", {} left",
                            output::duration_text(Millis(static_cast<Millis::rep>(
                                static_cast<double>(m_all - m_settled) / rate * 1000.0))));
    for (const auto& [status, count] : m_counts)
        text += fmt::format(", {} {}", output::grouped(count), sms::word(status));
    return text;
}

} // namespace smsctl
