#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::output {

/// One line on a terminal's stderr that says how far long work has got; nothing elsewhere.
class Progress {
public:
    Progress(std::ostream& err, bool is_terminal, const Clock& clock);
    /// Takes the line away.
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Whether it is time for another `show`: some ten times a second.
    bool is_due() const;
    void show(std::string_view text);
    /// Takes the line away for something else to be written.
    void clear();

private:
    std::ostream& m_err;
    bool m_is_terminal;
    const Clock& m_clock;
    std::optional<Instant> m_shown_at;
    bool m_is_shown = false;
};

/// "12 s", "3 min", "2 h 5 min".
std::string duration_text(Millis duration);
/// "1,234,567"
std::string grouped(std::int64_t number);

} // namespace smsctl::output
