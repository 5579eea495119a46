#include "output/opt_out_record.hpp"

#include "core/time_text.hpp"

#include <nlohmann/json.hpp>

namespace smsctl::output {

namespace {

Record text_or_null(const std::string& text)
{
    return text.empty() ? Record(nullptr) : Record(text);
}

} // namespace

Record opt_out_record(const OptOutState& state, std::string_view workspace)
{
    const auto& row = state.row;
    const bool stored = row && !row->id.empty();
    Record record;
    record["object"] = "opt_out";
    record["id"] = stored ? Record(row->id) : Record(nullptr);
    record["workspace"] = workspace;
    record["number"] = state.number;
    record["from"] = text_or_null(row ? row->our_address : state.from);
    record["opted_out"] = state.opted_out;
    record["change"] = text_or_null(state.change);
    record["reason"] = row ? text_or_null(row->reason) : Record(nullptr);
    record["source"] = row ? Record(sms::word(row->source)) : Record(nullptr);
    record["created_at"] = stored ? Record(text::rfc3339(row->created_at)) : Record(nullptr);
    record["removal_reason"] = text_or_null(state.removal_reason);
    return record;
}

Record opt_out_record(const store::OptOut& row, std::string_view workspace)
{
    OptOutState state;
    state.number = row.address;
    state.row = row;
    state.opted_out = true;
    return opt_out_record(state, workspace);
}

} // namespace smsctl::output
