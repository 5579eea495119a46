#include "webhook/custom_bodies.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace smsctl::webhook {

namespace {

using Json = nlohmann::ordered_json;

Error bad_body(std::string_view where, std::string_view what)
{
    return usage_error("usage.trigger_body",
                       fmt::format("{}: {}", where, what),
                       "a line is a form, Body=Hi&To=%2B15550199, or a JSON object, "
                       R"({"Body":"Hi","To":"+15550199"})");
}

/// `value` as the text a form carries; nothing for what has none.
std::optional<std::string> text_of(const Json& value)
{
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_null())
        return std::string();
    if (value.is_number() || value.is_boolean())
        return value.dump();
    return std::nullopt;
}

Webhook from_json(const Json& json, std::string_view where)
{
    if (!json.is_object() || json.empty())
        throw bad_body(where, "it is no JSON object with fields");
    http::Form form;
    for (const auto& [name, value] : json.items()) {
        const auto text = text_of(value);
        if (!text)
            throw bad_body(where, fmt::format("the value of {} is no text", name));
        form.emplace_back(name, *text);
    }
    return make_webhook(std::move(form));
}

Webhook from_form(std::string_view line, std::string_view where)
{
    if (line.find('=') == std::string_view::npos)
        throw bad_body(where, "it is neither a form nor a JSON object");
    Webhook webhook = make_webhook(http::decode_form(line));
    webhook.body = line;
    return webhook;
}

} // namespace

std::vector<Webhook> read_webhooks(std::string_view text, std::string_view file)
{
    std::vector<Webhook> webhooks;
    const Json whole = Json::parse(text, nullptr, false);
    if (whole.is_object())
        return {from_json(whole, file)};
    if (whole.is_array()) {
        for (const Json& item : whole)
            webhooks.push_back(from_json(item, file));
    } else {
        std::size_t number = 0;
        for (const std::string_view raw : text::split(text, '\n')) {
            const std::string where = fmt::format("{}, line {}", file, ++number);
            const std::string_view line = text::trim(raw);
            if (line.starts_with('{'))
                webhooks.push_back(from_json(Json::parse(line, nullptr, false), where));
            else if (!line.empty())
                webhooks.push_back(from_form(line, where));
        }
    }
    if (webhooks.empty())
        throw bad_body(file, "it holds no webhook");
    return webhooks;
}

Webhook webhook_of(const sms::Event& event, const std::optional<KeptRequest>& kept)
{
    const auto unusable = [&](std::string_view why) {
        return usage_error("usage.trigger_event",
                           fmt::format("{} cannot be delivered again: {}", event.id, why),
                           "smsctl tail --kind event shows the events whose source is callback");
    };
    if (event.source != sms::EventSource::callback || event.kind == sms::EventKind::opt_out)
        throw unusable("no webhook brought it");
    if (kept ? !kept->is_whole : event.kind == sms::EventKind::refused)
        throw unusable("its request was not kept whole");
    const http::ServerRequest request = restore(kept.value_or(KeptRequest{}), event.payload);
    if (!http::header(request.headers, "Content-Type").empty())
        throw unusable("its body was no form");
    const bool in_query = request.method == "GET";
    const std::string& body = in_query ? event.payload : request.body;
    Webhook webhook = make_webhook(http::decode_form(body));
    webhook.body = body;
    webhook.method = in_query ? "GET" : "POST";
    return webhook;
}

} // namespace smsctl::webhook
