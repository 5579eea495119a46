#include "providers/twilio/payload.hpp"

#include "core/text.hpp"
#include "providers/twilio/error_map.hpp"
#include "providers/twilio/json_fields.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace smsctl::providers::twilio {

namespace {

using nlohmann::json;

std::optional<Money> money_of(const std::string& amount, const std::string& currency)
{
    const auto micros = parse_micros(amount);
    if (!micros || currency.empty())
        return std::nullopt;
    return Money{*micros, text::upper(currency)};
}

/// `true`, or the word in a list: the 2010 API and the messaging API differ.
bool has_capability(const json& capabilities, std::string_view name)
{
    if (capabilities.is_object()) {
        const auto field = capabilities.find(name);
        return field != capabilities.end() && field->is_boolean() && field->get<bool>();
    }
    return capabilities.is_array() &&
           std::any_of(capabilities.begin(), capabilities.end(), [&](const json& item) {
               return item.is_string() &&
                      text::equal_ignoring_case(item.get_ref<const std::string&>(), name);
           });
}

std::optional<sms::Number> number_of(const json& from)
{
    if (!from.is_object() || text_of(from, "sid").empty() || text_of(from, "phone_number").empty())
        return std::nullopt;
    sms::Number number;
    number.provider_id = text_of(from, "sid");
    number.address = text_of(from, "phone_number");
    number.friendly_name = text_of(from, "friendly_name");
    if (const auto capabilities = from.find("capabilities"); capabilities != from.end())
        number.capabilities = {.sms = has_capability(*capabilities, "sms"),
                               .mms = has_capability(*capabilities, "mms"),
                               .voice = has_capability(*capabilities, "voice")};
    number.webhook_url = text_of(from, "sms_url");
    number.webhook_method = text::upper(text_of(from, "sms_method"));
    if (number.webhook_method.empty())
        number.webhook_method = "POST";
    number.application_id = text_of(from, "sms_application_sid");
    number.created_at = date_of(from, "date_created").value_or(Instant());
    number.updated_at = date_of(from, "date_updated").value_or(Instant());
    return number;
}

std::optional<sms::Media> media_of(const json& from)
{
    if (!from.is_object() || text_of(from, "uri").empty())
        return std::nullopt;
    constexpr std::string_view suffix = ".json";
    sms::Media media{text_of(from, "uri"), text_of(from, "content_type")};
    if (media.url.ends_with(suffix))
        media.url.erase(media.url.size() - suffix.size());
    return media;
}

std::optional<sms::Call> call_of(const json& from)
{
    if (!from.is_object() || text_of(from, "sid").empty())
        return std::nullopt;
    sms::Call call;
    call.provider_id = text_of(from, "sid");
    call.parent_provider_id = text_of(from, "parent_call_sid");
    // "inbound" apart, all words say that it was made here: outbound-api, outbound-dial, trunking-…
    call.direction = text_of(from, "direction") == "inbound" ? sms::Direction::inbound
                                                             : sms::Direction::outbound;
    call.from = text_of(from, "from");
    call.to = text_of(from, "to");
    call.status = text_of(from, "status");
    if (const auto seconds = integer_of(text_of(from, "duration")))
        call.duration = std::chrono::seconds(std::max(0, *seconds));
    call.price = money_of(text_of(from, "price"), text_of(from, "price_unit"));
    if (call.price)
        call.price->micros = std::abs(call.price->micros);
    call.started_at = date_of(from, "start_time");
    call.ended_at = date_of(from, "end_time");
    call.created_at = date_of(from, "date_created").value_or(call.started_at.value_or(Instant()));
    return call;
}

/// Nothing when the list is missing or one of its items cannot be read: half a page would look
/// like a whole one.
template <typename Item>
std::optional<Page<Item>>
page_of(std::string_view text, const char* list, std::optional<Item> (*read)(const json&))
{
    const json answer = parse_json(text);
    if (!answer.is_object())
        return std::nullopt;
    const auto items = answer.find(list);
    if (items == answer.end() || !items->is_array())
        return std::nullopt;
    Page<Item> page;
    page.next = text_of(answer, "next_page_uri");
    page.items.reserve(items->size());
    for (const json& item : *items) {
        auto one = read(item);
        if (!one)
            return std::nullopt;
        page.items.push_back(std::move(*one));
    }
    return page;
}

} // namespace

std::optional<sms::Number> read_number(std::string_view json)
{
    return number_of(parse_json(json));
}

std::optional<Account> read_account(std::string_view json)
{
    const auto answer = parse_json(json);
    if (!answer.is_object() || text_of(answer, "sid").empty())
        return std::nullopt;
    return Account{text_of(answer, "sid"),
                   text_of(answer, "friendly_name"),
                   text_of(answer, "status"),
                   text_of(answer, "type")};
}

std::optional<Money> read_balance(std::string_view json)
{
    const auto answer = parse_json(json);
    if (!answer.is_object())
        return std::nullopt;
    return money_of(text_of(answer, "balance"), text_of(answer, "currency"));
}

std::optional<Page<sms::Number>> read_number_page(std::string_view json)
{
    return page_of<sms::Number>(json, "incoming_phone_numbers", number_of);
}

std::optional<Page<sms::Call>> read_call_page(std::string_view json)
{
    return page_of<sms::Call>(json, "calls", call_of);
}

std::optional<Page<sms::Media>> read_media_page(std::string_view json)
{
    return page_of<sms::Media>(json, "media_list", media_of);
}

ErrorBody read_error(std::string_view json)
{
    const auto answer = parse_json(json);
    if (!answer.is_object())
        return {};
    const auto errors = answer.find("errors");
    const bool is_list = errors != answer.end() && errors->is_array() && !errors->empty() &&
                         errors->front().is_object();
    const auto& error = is_list ? errors->front() : answer;
    return {integer_of(text_of(error, "code")), text_of(error, "message")};
}

std::optional<sms::Status> status_of(std::string_view word)
{
    // Not parse_status: our vocabulary holds words that are no business of Twilio's.
    using enum sms::Status;
    constexpr std::array<std::pair<std::string_view, sms::Status>, 13> words{
        {{"accepted", accepted},
         {"scheduled", scheduled},
         {"queued", queued},
         {"sending", sending},
         {"sent", sent},
         {"delivered", delivered},
         {"undelivered", undelivered},
         {"failed", failed},
         {"canceled", canceled},
         {"read", read},
         {"partially_delivered", delivered},
         {"receiving", received},
         {"received", received}}};
    const auto* const found = std::find_if(
        words.begin(), words.end(), [&](const auto& entry) { return entry.first == word; });
    if (found == words.end())
        return std::nullopt;
    return found->second;
}

std::optional<sms::Failure> failure_of(std::string_view code, std::string_view text)
{
    if (code.empty() || code == "0")
        return std::nullopt;
    if (!text.empty())
        return sms::Failure{std::string(code), std::string(text)};
    const ErrorRow* const row = explain(integer_of(code));
    return sms::Failure{std::string(code), std::string(row != nullptr ? row->meaning : "")};
}

bool is_sid(std::string_view text)
{
    constexpr std::size_t prefix = 2;
    constexpr std::size_t length = 34;
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto is_hex = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    return text.size() == length && std::all_of(text.begin(), text.begin() + prefix, is_capital) &&
           std::all_of(text.begin() + prefix, text.end(), is_hex);
}

} // namespace smsctl::providers::twilio
