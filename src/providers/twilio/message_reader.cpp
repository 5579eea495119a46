// Messages are what comes in thousands, so they alone are read by simdjson: some twenty times
// faster than a tree of nodes.
#include "core/text.hpp"
#include "providers/twilio/json_fields.hpp"
#include "providers/twilio/payload.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace smsctl::providers::twilio {

namespace {

namespace dom = simdjson::dom;

/// Twilio nests three deep; what nests deeper than this is no answer of its.
constexpr std::size_t deepest = 64;

/// Nothing for what is no JSON object. The object lives until the next call in this thread.
std::optional<dom::object> parse_object(std::string_view json)
{
    thread_local dom::parser parser;
    if (parser.max_depth() != deepest && parser.allocate(json.size(), deepest) != simdjson::SUCCESS)
        return std::nullopt;
    dom::object object;
    if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS)
        return std::nullopt;
    return object;
}

/// A field as text, be it a string, a number or a boolean; empty when unset. A name that is there
/// twice counts as it is there first.
std::string text_of(const dom::object& object, std::string_view name)
{
    dom::element field;
    if (object.at_key(name).get(field) != simdjson::SUCCESS || field.is_null())
        return {};
    std::string_view text;
    if (field.get(text) == simdjson::SUCCESS)
        return std::string(text);
    return field.is_number() || field.is_bool() ? simdjson::to_string(field) : std::string();
}

int count_of(const dom::object& object, std::string_view name)
{
    return std::max(0, integer_of(text_of(object, name)).value_or(0));
}

/// What a message cost: Twilio writes charges as negative amounts.
std::optional<Money> cost_of(const dom::object& message)
{
    const auto micros = parse_micros(text_of(message, "price"));
    const std::string currency = text_of(message, "price_unit");
    if (!micros || currency.empty())
        return std::nullopt;
    return Money{std::abs(*micros), text::upper(currency)};
}

std::optional<RemoteMessage> message_of(const dom::object& from)
{
    RemoteMessage message;
    message.provider_id = text_of(from, "sid");
    if (message.provider_id.empty())
        return std::nullopt;
    message.direction = text_of(from, "direction") == "inbound" ? sms::Direction::inbound
                                                                : sms::Direction::outbound;
    message.status_word = text_of(from, "status");
    message.status = status_of(message.status_word);
    message.from = text_of(from, "from");
    message.to = text_of(from, "to");
    message.messaging_service_id = text_of(from, "messaging_service_sid");
    message.body = text_of(from, "body");
    message.segments = count_of(from, "num_segments");
    message.media_count = count_of(from, "num_media");
    message.price = cost_of(from);
    message.failure = failure_of(text_of(from, "error_code"), text_of(from, "error_message"));
    message.created_at = date_of(text_of(from, "date_created"));
    message.sent_at = date_of(text_of(from, "date_sent"));
    message.updated_at = date_of(text_of(from, "date_updated"));
    return message;
}

} // namespace

std::optional<RemoteMessage> read_message(std::string_view json)
{
    const auto object = parse_object(json);
    if (!object)
        return std::nullopt;
    auto message = message_of(*object);
    if (message)
        message->payload = json;
    return message;
}

std::optional<Page<RemoteMessage>> read_message_page(std::string_view json)
{
    const auto answer = parse_object(json);
    dom::array items;
    if (!answer || answer->at_key("messages").get(items) != simdjson::SUCCESS)
        return std::nullopt;
    Page<RemoteMessage> page;
    page.next = text_of(*answer, "next_page_uri");
    page.items.reserve(items.size());
    for (const dom::element item : items) {
        dom::object object;
        if (item.get(object) != simdjson::SUCCESS)
            return std::nullopt;
        auto message = message_of(object);
        if (!message) // half a page would look like a whole one
            return std::nullopt;
        // An outbound message repeats what was sent, and to write it out again takes five times as
        // long as to read it.
        if (message->direction == sms::Direction::inbound)
            message->payload = simdjson::to_string(object);
        page.items.push_back(std::move(*message));
    }
    return page;
}

} // namespace smsctl::providers::twilio
