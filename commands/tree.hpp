#pragma once

#include <CLI/App.hpp>

#include <memory>

namespace smsctl {

class Session;

/// Every command with its options, declared and not yet parsed.
std::unique_ptr<CLI::App> make_tree(Session& session);

} // namespace smsctl
