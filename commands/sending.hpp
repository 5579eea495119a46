#pragma once

#include "commands/body_input.hpp"
#include "commands/session.hpp"
#include "core/clock.hpp"

#include <optional>
#include <string>
#include <vector>

namespace smsctl {

/// One `send` takes so many recipients.
constexpr int most_recipients = 20;

/// What was typed behind `send`.
struct SendOptions {
    std::vector<std::string> to;
    BodyInput body;
    std::optional<std::string> template_name;
    std::vector<std::string> variables;
    std::string from;
    std::vector<std::string> media;
    std::string key;
    std::string wait;
    std::string reply;
    std::string encoding = "auto";
    std::string on_block = "fail";
    std::string tag;
    std::optional<Instant> at;
    bool due = false;
    bool smart = false;
    std::optional<int> max_segments;
};

/// Checks every recipient, then plans all, then submits those that go now and prints what became of
/// each; with --due, submits what was planned for now. Throws what they add up to (4 to 11), or
/// usage errors before anything is written.
void send(const SendOptions& options, Session& session);

} // namespace smsctl
