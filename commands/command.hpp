#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace smsctl {

class Session;

/// The groups of `smsctl help`, in their order.
enum class Group { set_up, send, read, keep_in_step, test_webhooks, upkeep, hidden };
std::string_view title(Group group);

/// One row of the table of commands. `declare` binds options, examples and the function that runs;
/// it must not open or read anything, since help and completions walk the tree too.
struct Command {
    std::string_view name;
    Group group;
    std::string_view summary; ///< one line, no full stop
    void (*declare)(CLI::App& app, Session& session);
};

/// What help and --fields know of a command beyond its options.
struct CommandNotes {
    std::string examples; ///< shown first in help; one a line, `# what it does` behind it
    std::string details;  ///< a paragraph or two after the options; may be empty
    std::string object;   ///< of the records it prints; empty: it prints none
};

} // namespace smsctl
