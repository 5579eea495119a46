#pragma once

#include <array>
#include <csignal>
#include <cstddef>

namespace smsctl {

/// Turns the echo of the terminal on stdin off while it lives; nothing happens where stdin is none.
/// A signal that ends or stops the program meanwhile gives the echo back first, and one that goes
/// on after a stop takes it away again. One at a time in a process.
class NoEcho {
public:
    NoEcho();
    ~NoEcho();
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;

private:
    static constexpr std::size_t signal_count = 5;

    std::array<struct sigaction, signal_count> m_previous{};
    bool m_changed = false;
};

} // namespace smsctl
