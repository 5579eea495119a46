#include "commands/steady_printer.hpp"

namespace smsctl {

void SteadyPrinter::print(const output::Record& record)
{
    try {
        if (!m_reader_left)
            m_printer.print(record);
    } catch (const output::BrokenPipe&) {
        m_reader_left = true;
    }
}

void SteadyPrinter::finish()
{
    try {
        if (!m_reader_left)
            m_printer.finish();
    } catch (const output::BrokenPipe&) {
        m_reader_left = true;
    }
}

void SteadyPrinter::throw_if_left() const
{
    if (m_reader_left)
        throw output::BrokenPipe();
}

} // namespace smsctl
