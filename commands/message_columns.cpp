#include "commands/message_columns.hpp"

namespace smsctl {

std::vector<output::Column> message_columns()
{
    return {{"created_at", "WHEN"},
            {"id", "ID"},
            {"from", "FROM"},
            {"to", "TO"},
            {"status", "STATUS"},
            {"error.code", "ERROR"},
            {"body", "TEXT"}};
}

} // namespace smsctl
