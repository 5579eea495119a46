#include "commands/registry.hpp"

#include <array>

namespace smsctl {

extern const Command workspace_command;
extern const Command number_command;
extern const Command template_command;
extern const Command reply_command;
extern const Command optout_command;
extern const Command send_command;
extern const Command bulk_command;
extern const Command cancel_command;
extern const Command inbox_command;
extern const Command tail_command;
extern const Command message_command;
extern const Command report_command;
extern const Command sync_command;
extern const Command reconcile_command;
extern const Command listen_command;
extern const Command trigger_command;
extern const Command sim_command;
extern const Command db_command;
extern const Command doctor_command;
extern const Command completion_command;
extern const Command help_command;
extern const Command generate_command;

std::string_view title(Group group)
{
    switch (group) {
    case Group::set_up:
        return "Set up";
    case Group::send:
        return "Send";
    case Group::read:
        return "Read";
    case Group::keep_in_step:
        return "Keep in step";
    case Group::test_webhooks:
        return "Test webhooks";
    case Group::upkeep:
        return "Upkeep";
    case Group::hidden:
        return "";
    }
    return "";
}

std::span<const Command* const> commands()
{
    static constexpr std::array table{
        // Set up
        &workspace_command,
        &number_command,
        &template_command,
        &reply_command,
        &optout_command,
        // Send
        &send_command,
        &bulk_command,
        &cancel_command,
        // Read
        &inbox_command,
        &tail_command,
        &message_command,
        &report_command,
        // Keep in step
        &sync_command,
        &reconcile_command,
        // Test webhooks
        &listen_command,
        &trigger_command,
        &sim_command,
        // Upkeep
        &db_command,
        &doctor_command,
        &completion_command,
        &help_command,
        &generate_command,
    };
    return table;
}

} // namespace smsctl
