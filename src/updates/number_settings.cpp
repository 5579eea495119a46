#include "updates/number_settings.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "http/url.hpp"
#include "store/event_log.hpp"
#include "store/numbers.hpp"
#include "updates/sync_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace smsctl::updates {

namespace {

/// Twilio's limit for a friendly name, in characters.
constexpr std::ptrdiff_t longest_name = 64;

bool begins_character(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

void check_label(const std::string& text, const std::string& code, std::string_view what)
{
    if (!text::is_utf8(text))
        throw usage_error(code, fmt::format("the {} is not UTF-8", what));
    if (std::count_if(text.begin(), text.end(), begins_character) > longest_name)
        throw usage_error(code,
                          fmt::format("the {} has more than {} characters", what, longest_name));
}

void set_webhook(sms::Number& number, const std::string& url, const std::string& method)
{
    if (number.webhook_url == url && number.webhook_method == method)
        return;
    number.has_previous_webhook = true;
    number.previous_webhook_url = number.webhook_url;
    number.previous_webhook_method = number.webhook_method;
    number.webhook_url = url;
    number.webhook_method = method;
}

void undo_webhook(sms::Number& number)
{
    if (!number.has_previous_webhook)
        throw usage_error("usage.nothing_to_undo",
                          fmt::format("no webhook of {} was replaced here", number.address));
    number.webhook_url = number.previous_webhook_url;
    number.webhook_method = number.previous_webhook_method;
    number.has_previous_webhook = false;
    number.previous_webhook_url.clear();
    number.previous_webhook_method.clear();
}

providers::NumberChange change_between(const sms::Number& before, const sms::Number& after)
{
    providers::NumberChange change;
    if (before.webhook_url != after.webhook_url)
        change.webhook_url = after.webhook_url;
    if (before.webhook_method != after.webhook_method && !after.webhook_method.empty())
        change.webhook_method = after.webhook_method;
    if (before.friendly_name != after.friendly_name)
        change.friendly_name = after.friendly_name;
    return change;
}

std::string sentence(const sms::Number& before, const sms::Number& after)
{
    std::string text = "number " + after.address;
    for (const FieldDifference& field : differences_between(before, after))
        text += fmt::format(", {} was '{}', is '{}'", field.field, field.from, field.to);
    return text;
}

} // namespace

sms::Number with_settings(const sms::Number& number, const NumberSettings& settings)
{
    sms::Number after = number;
    if (settings.webhook_url) {
        if (!settings.webhook_url->empty() && !http::parse_url(*settings.webhook_url))
            throw usage_error("usage.webhook_url",
                              fmt::format("'{}' is not an http or https URL",
                                          text::to_utf8(*settings.webhook_url)));
        set_webhook(after, *settings.webhook_url, "POST");
    }
    if (settings.friendly_name) {
        check_label(*settings.friendly_name, "usage.friendly_name", "friendly name");
        after.friendly_name = *settings.friendly_name;
    }
    if (settings.owner) {
        check_label(*settings.owner, "usage.owner", "owner");
        after.owner = *settings.owner;
    }
    if (settings.undo_webhook)
        undo_webhook(after);
    return after;
}

bool concerns_provider(const sms::Number& before, const sms::Number& after)
{
    return before.webhook_url != after.webhook_url ||
           before.webhook_method != after.webhook_method ||
           before.friendly_name != after.friendly_name;
}

sms::Number apply_settings(store::Scope& scope,
                           providers::Provider* provider,
                           const Clock& clock,
                           const sms::Number& before,
                           const sms::Number& after)
{
    sms::Number result = after;
    if (provider != nullptr && concerns_provider(before, after)) {
        const sms::Number answer =
            provider->update_number(before.provider_id, change_between(before, after));
        result.webhook_url = answer.webhook_url;
        result.webhook_method = answer.webhook_method;
        result.friendly_name = answer.friendly_name;
        result.capabilities = answer.capabilities;
    }
    result.updated_at = clock.now();

    sms::Event event;
    event.kind = sms::EventKind::change;
    event.source = sms::EventSource::command;
    event.reason = sentence(before, result);
    event.created_at = result.updated_at;

    store::Transaction transaction = scope.begin();
    store::EventLog(scope).append(event);
    store::Numbers(scope).update(result);
    transaction.commit();
    return result;
}

} // namespace smsctl::updates
