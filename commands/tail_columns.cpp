#include "commands/tail_columns.hpp"

namespace smsctl {

std::string_view tail_object(std::string_view kind)
{
    if (kind == "call")
        return "call";
    return kind == "event" || kind == "status" ? "event" : "message";
}

std::vector<output::Column> tail_columns(std::string_view kind)
{
    const std::string_view object = tail_object(kind);
    if (object == "call")
        return {{"created_at", "TIME"},
                {"from", "FROM"},
                {"to", "TO"},
                {"status", "STATUS"},
                {"duration", "SECONDS"},
                {"price", "PRICE"}};
    if (object == "message")
        return {{"created_at", "TIME"},
                {"from", "FROM"},
                {"to", "TO"},
                {"status", "STATUS"},
                {"body", "BODY"}};
    return {{"seq", "SEQ"},
            {"created_at", "TIME"},
            {"kind", "KIND"},
            {"source", "SOURCE"},
            {"provider_id", "PROVIDER ID"},
            {"status", "STATUS"},
            {"reason", "REASON"}};
}

} // namespace smsctl
