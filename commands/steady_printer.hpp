#pragma once

#include "output/printer.hpp"

#include <utility>

namespace smsctl {

/// A printer for what must be carried through: a reader of stdout that leaves ends the printing,
/// not the work.
class SteadyPrinter {
public:
    explicit SteadyPrinter(output::Printer printer) : m_printer(std::move(printer)) {}

    void print(const output::Record& record);
    void finish();
    /// Whether anybody sees what is printed: a record is not made for nobody.
    bool is_heard() const { return !m_reader_left && !m_printer.is_muted(); }
    /// Throws output::BrokenPipe when the reader left; call it when the work is done.
    void throw_if_left() const;

private:
    output::Printer m_printer;
    bool m_reader_left = false;
};

} // namespace smsctl
