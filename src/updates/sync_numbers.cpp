// The provider's list is the truth about which numbers there are and how they are set; what it does
// not know (owner, the webhook before the last change) is ours and stays. A number that vanished is
// kept, inactive, because its conversations still name it, until somebody prunes.
#include "updates/sync_numbers.hpp"

#include "core/id.hpp"
#include "store/numbers.hpp"

#include <functional>
#include <map>
#include <set>
#include <utility>

namespace smsctl::updates {

namespace {

std::string yes_or_no(bool value)
{
    return value ? "true" : "false";
}

/// `number` of the provider with what only we know of `stored`.
sms::Number merged(sms::Number number, const sms::Number& stored)
{
    number.row = stored.row;
    number.id = stored.id;
    number.owner = stored.owner;
    number.has_previous_webhook = stored.has_previous_webhook;
    number.previous_webhook_url = stored.previous_webhook_url;
    number.previous_webhook_method = stored.previous_webhook_method;
    number.created_at = stored.created_at;
    number.updated_at = stored.updated_at;
    number.active = true;
    return number;
}

NumberDifference addition(sms::Number number, Instant now)
{
    if (number.id.empty()) {
        number.id = new_id("num", now);
        number.created_at = now;
    }
    number.active = true;
    number.updated_at = now;
    return {DifferenceKind::added, std::move(number), {}};
}

void write(store::Numbers& numbers, NumberSync& sync, Vanished vanished)
{
    for (NumberDifference& difference : sync.differences) {
        if (difference.number.row == 0)
            numbers.insert(difference.number);
        else if (difference.kind == DifferenceKind::removed && vanished == Vanished::pruned)
            numbers.remove(difference.number.row);
        else
            numbers.update(difference.number);
    }
}

} // namespace

std::vector<FieldDifference> differences_between(const sms::Number& before,
                                                 const sms::Number& after)
{
    std::vector<FieldDifference> fields;
    const auto compare_flag = [&fields](std::string_view field, bool from, bool to) {
        compare(fields, field, yes_or_no(from), yes_or_no(to));
    };
    compare(fields, "number", before.address, after.address);
    compare(fields, "friendly_name", before.friendly_name, after.friendly_name);
    compare_flag("capabilities.sms", before.capabilities.sms, after.capabilities.sms);
    compare_flag("capabilities.mms", before.capabilities.mms, after.capabilities.mms);
    compare_flag("capabilities.voice", before.capabilities.voice, after.capabilities.voice);
    compare(fields, "webhook_url", before.webhook_url, after.webhook_url);
    compare(fields, "webhook_method", before.webhook_method, after.webhook_method);
    compare(fields, "owner", before.owner, after.owner);
    return fields;
}

NumberSync compare_numbers(store::Scope& scope,
                           std::vector<sms::Number> listed,
                           Instant now,
                           Vanished vanished)
{
    std::map<std::string, sms::Number, std::less<>> stored;
    for (sms::Number& number : store::Numbers(scope).list(true)) {
        std::string provider_id = number.provider_id;
        stored.emplace(std::move(provider_id), std::move(number));
    }

    NumberSync sync;
    // A number may stand on two pages when the list shifts while it is read.
    std::set<std::string, std::less<>> seen;
    for (sms::Number& number : listed) {
        if (!seen.insert(number.provider_id).second)
            continue;
        const auto known = stored.find(number.provider_id);
        if (known == stored.end()) {
            sync.differences.push_back(addition(std::move(number), now));
            continue;
        }
        const sms::Number before = known->second;
        sms::Number after = merged(std::move(number), before);
        auto fields = differences_between(before, after);
        if (!before.active) {
            sync.differences.push_back(addition(std::move(after), now));
        } else if (!fields.empty()) {
            after.updated_at = now;
            sync.differences.push_back(
                {DifferenceKind::changed, std::move(after), std::move(fields)});
        }
    }
    sync.active_count = seen.size();

    for (auto& [provider_id, number] : stored) {
        if (seen.contains(provider_id) || (!number.active && vanished == Vanished::kept))
            continue;
        number.active = false;
        number.updated_at = now;
        sync.differences.push_back({DifferenceKind::removed, std::move(number), {}});
    }
    return sync;
}

NumberSync
sync_numbers(store::Scope& scope, std::vector<sms::Number> listed, Instant now, Vanished vanished)
{
    store::Transaction transaction = scope.begin();
    NumberSync sync = compare_numbers(scope, std::move(listed), now, vanished);
    store::Numbers numbers(scope);
    write(numbers, sync, vanished);
    transaction.commit();
    return sync;
}

} // namespace smsctl::updates
