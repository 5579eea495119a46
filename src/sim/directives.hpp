#pragma once

#include "core/clock.hpp"
#include "http/form.hpp"
#include "sim/scenario.hpp"
#include "sim/world.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::sim {

/// A word that begins a line of a scenario; the control path of the same meaning takes the same
/// fields.
struct DirectiveName {
    std::string_view verb;
    std::string_view path;
    std::string_view meaning; ///< for help
};
std::span<const DirectiveName> directive_names();

/// What a test or a scenario tells the simulator to do. One thread.
class Directives {
public:
    using After = std::function<void(Millis delay, std::function<void()> task)>;

    Directives(const World& world, After after, double speed)
        : m_world(world), m_after(std::move(after)), m_speed(speed)
    {
    }

    /// Does it, or returns why it makes no sense and does nothing.
    std::string apply(std::string_view verb, const http::Form& fields);
    /// Why it makes no sense; empty when it can be done.
    std::string check(std::string_view verb, const http::Form& fields) const;
    /// Does all of it, each line when its time comes; nothing of it when a line makes no sense.
    /// Throws usage error `usage.scenario`, "NAME:3: …".
    void run(const std::vector<ScenarioLine>& lines, std::string_view name);

private:
    World m_world;
    After m_after;
    double m_speed;
};

} // namespace smsctl::sim
