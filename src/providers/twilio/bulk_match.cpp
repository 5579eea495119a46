#include "providers/twilio/bulk_match.hpp"

#include <string_view>
#include <unordered_map>
#include <utility>

namespace smsctl::providers::twilio {

BulkMatch match_rows(std::span<const BulkRow> rows, std::vector<BulkMessage> messages)
{
    BulkMatch match;
    match.of_row.resize(rows.size());
    std::unordered_map<std::string_view, std::size_t> row_of;
    for (std::size_t row = 0; row < rows.size(); ++row)
        row_of.emplace(rows[row].to, row);
    for (BulkMessage& message : messages) {
        const auto row = row_of.find(message.to);
        if (row == row_of.end() || match.of_row[row->second])
            match.surplus.push_back(std::move(message));
        else
            match.of_row[row->second] = std::move(message);
    }
    for (const auto& message : match.of_row)
        match.missing += message ? 0 : 1;
    return match;
}

bool are_unaddressable(const BulkMatch& match, const BulkOperation& operation)
{
    return operation.finished && match.surplus.empty() &&
           std::cmp_equal(operation.recipients, match.of_row.size()) &&
           std::cmp_equal(operation.unaddressable, match.missing);
}

} // namespace smsctl::providers::twilio
