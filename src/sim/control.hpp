#pragma once

#include "http/form.hpp"
#include "http/server.hpp"
#include "sim/directives.hpp"
#include "sim/world.hpp"

#include <span>
#include <string>
#include <string_view>

namespace smsctl::sim {

/// What a test drives the simulator with; no part of Twilio, and no credentials asked for.
struct ControlPath {
    std::string_view method;
    std::string_view path;
    std::string_view meaning; ///< for help
};
std::span<const ControlPath> control_paths();

/// Answers the paths above. One thread.
class Control {
public:
    Control(const World& world, Directives& directives) : m_world(world), m_directives(directives)
    {
    }

    static bool is_control(std::string_view target) { return target.starts_with("/sim/"); }
    http::ServerResponse answer(const http::ServerRequest& request);

private:
    http::ServerResponse post(const std::string& path, const std::string& body);
    http::ServerResponse run_scenario(const std::string& text);
    http::ServerResponse put_forward(const http::Form& form);

    World m_world;
    Directives& m_directives;
};

} // namespace smsctl::sim
