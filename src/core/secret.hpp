#pragma once

#include <string>
#include <string_view>

namespace smsctl {

/// A credential's text. Cannot be printed, formatted or compared by accident, and is wiped when it
/// goes; `reveal()` marks each of the few places that need the bytes.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text);
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept;
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    bool empty() const { return m_text.empty(); }
    std::string_view reveal() const { return m_text; }

private:
    void wipe();

    std::string m_text;
};

} // namespace smsctl
