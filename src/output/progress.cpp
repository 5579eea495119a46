#include "output/progress.hpp"

#include "output/printer.hpp"

#include <fmt/format.h>

#include <ostream>

namespace smsctl::output {

namespace {

constexpr Millis between(100);

} // namespace

Progress::Progress(std::ostream& err, bool is_terminal, const Clock& clock)
    : m_err(err), m_is_terminal(is_terminal), m_clock(clock)
{
}

Progress::~Progress()
{
    clear();
}

bool Progress::is_due() const
{
    return m_is_terminal && (!m_shown_at || m_clock.now() - *m_shown_at >= between);
}

void Progress::show(std::string_view text)
{
    if (!m_is_terminal)
        return;
    m_err << "\r\x1b[K" << visible(text) << std::flush;
    m_shown_at = m_clock.now();
    m_is_shown = true;
}

void Progress::clear()
{
    if (m_is_shown)
        m_err << "\r\x1b[K" << std::flush;
    m_is_shown = false;
}

std::string duration_text(Millis duration)
{
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(duration).count();
    if (seconds < 100)
        return fmt::format("{} s", seconds);
    const auto minutes = (seconds + 59) / 60;
    if (minutes < 100)
        return fmt::format("{} min", minutes);
    return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string grouped(std::int64_t number)
{
    std::string digits = std::to_string(number);
    const int first = number < 0 ? 1 : 0;
    for (int at = static_cast<int>(digits.size()) - 3; at > first; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

} // namespace smsctl::output
