#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace smsctl::sim {

using LiquidVariables = std::map<std::string, std::string, std::less<>>;

/// As much of a Liquid template as Twilio's bulk API is known to take: text, and variables that
/// have a default.
class Liquid {
public:
    /// The template, or why it is refused.
    static std::variant<Liquid, std::string> parse(std::string_view text);

    /// What stands in a variable is not looked at again.
    std::string render(const LiquidVariables& variables) const;

private:
    struct Piece {
        std::string variable; ///< empty: it is text
        std::string text;     ///< or the default
    };
    std::vector<Piece> m_pieces;
};

} // namespace smsctl::sim
