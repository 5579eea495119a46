#pragma once

#include "commands/body_input.hpp"
#include "commands/session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smsctl {

/// What was typed behind `send`.
struct SendOptions {
    std::vector<std::string> to;
    BodyInput body;
    std::string from;
    std::vector<std::string> media;
    std::string key;
    std::string wait;
    std::string reply;
    std::string encoding = "auto";
    std::string on_block = "fail";
    std::string tag;
    bool smart = false;
    std::optional<int> max_segments;
};

/// Checks every recipient, then plans all, then submits one after the other and prints what became
/// of each. Throws what they add up to (4 to 11), or usage errors before anything is written.
void send(const SendOptions& options, Session& session);

} // namespace smsctl
