#include "providers/twilio/client.hpp"

#include "core/time_text.hpp"
#include "providers/twilio/error_map.hpp"
#include "providers/twilio/message_list.hpp"
#include "providers/twilio/payload.hpp"
#include "providers/twilio/reader.hpp"
#include "providers/twilio/submitter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace smsctl::providers::twilio {

namespace {

constexpr int too_late_to_cancel = 30409;

} // namespace

Client::Client(std::string_view name, const ProviderConfig& config)
    : m_config(config), m_api(name, config)
{
}

template <typename Value>
std::optional<Value> Client::ask(const Api::Exchange& exchange, Parser<Value> read)
{
    std::optional<Value> value;
    const http::Response response = m_api.settle(exchange, [&](const std::string& body) {
        value = read(body);
        return value.has_value();
    });
    if (!value && response.status != 404)
        throw m_api.refusal(response);
    return value;
}

template <typename Value>
std::optional<Value> Client::get(const std::string& path, Parser<Value> read)
{
    return ask<Value>([&] { return m_api.get(path); }, read);
}

template <typename Item, typename PageReader>
std::vector<Item> Client::all_pages(std::string path, PageReader read)
{
    std::vector<Item> items;
    std::set<std::string> seen;
    while (!path.empty()) {
        if (!seen.insert(path).second)
            throw m_api.unusable("its pages go round in a circle");
        auto page = get<Page<Item>>(path, read);
        if (!page)
            throw m_api.no_account();
        std::move(page->items.begin(), page->items.end(), std::back_inserter(items));
        path = m_api.page_path(page->next);
    }
    return items;
}

std::unique_ptr<Submitter> Client::submitter()
{
    return std::make_unique<MessageSubmitter>(m_api.provider(), m_config);
}

std::optional<RemoteMessage> Client::fetch(std::string_view provider_id)
{
    return get<RemoteMessage>(message_path(m_api, provider_id), read_message);
}

std::unique_ptr<providers::Reader> Client::reader()
{
    return std::make_unique<MessageReader>(m_api.provider(), m_config);
}

Millis Client::status_horizon() const
{
    return std::chrono::days(14); // the longest that finalising is said to take
}

MessagePage Client::list_messages(const MessageFilter& filter, std::string_view page)
{
    const std::string path = list_path(m_api, filter, page);
    auto read = get<Page<RemoteMessage>>(path, read_message_page);
    if (!read)
        throw m_api.no_account();
    return page_of(*std::move(read), path, filter, m_api);
}

std::vector<sms::Media> Client::media(std::string_view provider_id)
{
    return with_urls(all_pages<sms::Media>(media_path(m_api, provider_id), read_media_page), m_api);
}

CallPage Client::list_calls(std::string_view page)
{
    const std::string path =
        page.empty() ? m_api.account_path(fmt::format("/Calls.json?PageSize={}", most_per_page))
                     : m_api.page_path(page);
    auto read = get<Page<sms::Call>>(path, read_call_page);
    if (!read)
        throw m_api.no_account();
    CallPage list{std::move(read->items), m_api.page_path(read->next)};
    if (list.next == path)
        throw m_api.unusable("its pages go round in a circle");
    for (sms::Call& call : list.calls)
        call.provider = m_api.provider();
    return list;
}

RemoteMessage Client::update_message(std::string_view provider_id, const http::Form& change)
{
    const std::string path = message_path(m_api, provider_id);
    auto message = ask<RemoteMessage>([&] { return m_api.post(path, change); }, read_message);
    if (!message)
        throw not_found_error("message", provider_id);
    return *std::move(message);
}

RemoteMessage Client::cancel(std::string_view provider_id)
{
    try {
        return update_message(provider_id, {{"Status", "canceled"}});
    } catch (const Error& error) {
        // A repeated cancel is refused as well: what counts is whether it is canceled now.
        if (!error.provider() || error.provider()->code != too_late_to_cancel)
            throw;
        auto message = fetch(provider_id);
        if (!message || message->status != sms::Status::canceled)
            throw;
        return *std::move(message);
    }
}

RemoteMessage Client::redact(std::string_view provider_id)
{
    return update_message(provider_id, {{"Body", ""}});
}

void Client::remove_resource(const std::string& path)
{
    const http::Response response =
        m_api.settle([&] { return m_api.remove(path); }, [](const std::string&) { return true; });
    const bool is_gone = response.status == 404; // by an earlier try, or by somebody else
    if (response.status >= 400 && !is_gone)
        throw m_api.refusal(response);
}

void Client::remove(std::string_view provider_id)
{
    remove_resource(message_path(m_api, provider_id));
}

void Client::remove_media(std::string_view provider_id)
{
    if (!fetch(provider_id))
        return;
    for (const sms::Media& item : media(provider_id)) // an address on our own base
        remove_resource(m_api.page_path(item.url) + ".json");
}

std::vector<sms::Number> Client::list_numbers()
{
    return all_pages<sms::Number>(m_api.account_path("/IncomingPhoneNumbers.json?PageSize=1000"),
                                  read_number_page);
}

std::string Client::number_path(std::string_view provider_id) const
{
    return m_api.account_path(
        fmt::format("/IncomingPhoneNumbers/{}.json", http::encode_component(provider_id)));
}

std::optional<sms::Number> Client::fetch_number(std::string_view provider_id)
{
    return get<sms::Number>(number_path(provider_id), read_number);
}

sms::Number Client::update_number(std::string_view provider_id, const NumberChange& change)
{
    http::Form form;
    if (change.webhook_url)
        form.emplace_back("SmsUrl", *change.webhook_url);
    if (change.webhook_method)
        form.emplace_back("SmsMethod", *change.webhook_method);
    if (change.friendly_name)
        form.emplace_back("FriendlyName", *change.friendly_name);
    auto number =
        ask<sms::Number>([&] { return m_api.post(number_path(provider_id), form); }, read_number);
    if (!number)
        throw not_found_error("number", provider_id, "run `smsctl sync numbers`");
    return *std::move(number);
}

Account Client::account()
{
    auto account = get<Account>(m_api.account_path(".json"), read_account);
    if (!account)
        throw m_api.no_account();
    return *std::move(account);
}

std::optional<Money> Client::balance()
{
    std::optional<Money> money;
    const http::Response response =
        m_api.settle([&] { return m_api.get(m_api.account_path("/Balance.json")); },
                     [&](const std::string& body) {
                         money = read_balance(body);
                         return money.has_value();
                     });
    // Subaccounts have none, and restricted keys may not see it: Twilio then refuses as it refuses
    // wrong credentials. Another read tells the two apart.
    const int http = response.status;
    if (!money && http != 404 && http != 403) {
        if (http != 401)
            throw m_api.refusal(response);
        check_credentials();
    }
    return money;
}

void Client::check_credentials()
{
    const std::string path = m_api.account_path("/Messages.json?PageSize=1");
    if (!get<Page<RemoteMessage>>(path, read_message_page))
        throw m_api.no_account();
}

} // namespace smsctl::providers::twilio
