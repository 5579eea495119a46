#pragma once

#include "core/clock.hpp"
#include "http/form.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sim {

/// One line of a scenario: what to do, its fields, and when.
struct ScenarioLine {
    std::size_t number = 0; ///< in its file, from 1
    std::string verb;       ///< "fault"
    http::Form fields;
    Millis after{0}; ///< so long after the start, at speed 1
};

/// Reads a scenario: a line each, `VERB NAME=VALUE …`, a value with blanks in double quotes, in
/// which \" \\ and \n stand for themselves and a line break; `#` begins a comment. The field
/// `after` is the line's own. Knows no verbs. Throws usage error `usage.scenario`, "NAME:3: …".
std::vector<ScenarioLine> parse_scenario(std::string_view text, std::string_view name);

} // namespace smsctl::sim
