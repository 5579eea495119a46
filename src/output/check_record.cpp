#include "output/check_record.hpp"

#include <nlohmann/json.hpp>

namespace smsctl::output {

std::string_view word(CheckStatus status)
{
    switch (status) {
    case CheckStatus::ok:
        return "ok";
    case CheckStatus::warning:
        return "warning";
    case CheckStatus::failed:
        return "failed";
    case CheckStatus::fixed:
        return "fixed";
    case CheckStatus::skipped:
        return "skipped";
    }
    return "";
}

Record check_record(const Check& check)
{
    Record record;
    record["object"] = "check";
    record["id"] = check.workspace.empty() ? check.name : check.workspace + "/" + check.name;
    record["name"] = check.name;
    record["workspace"] = check.workspace.empty() ? Record(nullptr) : Record(check.workspace);
    record["status"] = word(check.status);
    record["message"] = check.message;
    record["fix"] = check.fix.empty() ? Record(nullptr) : Record(check.fix);
    return record;
}

} // namespace smsctl::output
