#include "providers/twilio/message_list.hpp"

#include "core/time_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace smsctl::providers::twilio {

namespace {

std::string first_page(const MessageFilter& filter)
{
    // The comparison is part of the name. A plain date as upper bound means its first midnight in
    // practice, so the day after is asked for and `is_wanted` cuts what is too much.
    http::Form query;
    if (!filter.to.empty())
        query.emplace_back("To", filter.to);
    if (!filter.from.empty())
        query.emplace_back("From", filter.from);
    if (filter.sent_after)
        query.emplace_back("DateSent>",
                           filter.to_the_second ? text::rfc3339_seconds(*filter.sent_after)
                                                : text::iso_date(*filter.sent_after));
    if (filter.sent_before)
        query.emplace_back("DateSent<",
                           filter.to_the_second
                               ? text::rfc3339_seconds(*filter.sent_before)
                               : text::iso_date(*filter.sent_before + std::chrono::days(1)));
    query.emplace_back("PageSize",
                       fmt::format("{}", std::clamp(filter.page_size, 1, most_per_page)));
    return "/Messages.json?" + http::encode_form(query);
}

Instant first_second(const MessageFilter& filter)
{
    return std::chrono::floor<std::chrono::seconds>(filter.sent_after.value_or(Instant()));
}

/// Lists are newest first, but Twilio may only cut them at midnight: nothing that is wanted comes
/// after a message from before the filter.
bool is_past_the_end(const std::vector<RemoteMessage>& messages, const MessageFilter& filter)
{
    if (!filter.sent_after || messages.empty())
        return false;
    const auto& date = messages.back().sent_at;
    return date && *date < first_second(filter);
}

/// A message without a date is wanted: it may be sent at any moment.
bool is_wanted(const RemoteMessage& message, const MessageFilter& filter)
{
    if (!message.sent_at)
        return true;
    return (!filter.sent_after || *message.sent_at >= first_second(filter)) &&
           *message.sent_at <= filter.sent_before.value_or(*message.sent_at);
}

std::string below_messages(const Api& api, std::string_view provider_id, std::string_view rest)
{
    return api.account_path(
        fmt::format("/Messages/{}{}", http::encode_component(provider_id), rest));
}

} // namespace

std::string message_path(const Api& api, std::string_view provider_id)
{
    return below_messages(api, provider_id, ".json");
}

std::string media_path(const Api& api, std::string_view provider_id)
{
    return below_messages(api, provider_id, "/Media.json?PageSize=1000");
}

std::string list_path(const Api& api, const MessageFilter& filter, std::string_view page)
{
    return page.empty() ? api.account_path(first_page(filter)) : api.page_path(page);
}

MessagePage page_of(Page<RemoteMessage> read,
                    const std::string& path,
                    const MessageFilter& filter,
                    const Api& api)
{
    MessagePage list{std::move(read.items), api.page_path(read.next)};
    if (list.next == path)
        throw api.unusable("its pages go round in a circle");
    if (is_past_the_end(list.messages, filter))
        list.next.clear();
    std::erase_if(list.messages,
                  [&](const RemoteMessage& message) { return !is_wanted(message, filter); });
    return list;
}

std::vector<sms::Media> with_urls(std::vector<sms::Media> media, const Api& api)
{
    for (sms::Media& item : media)
        item.url = api.base() + api.page_path(item.url);
    return media;
}

} // namespace smsctl::providers::twilio
