#include "sim/comms_request.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"
#include "phone/e164.hpp"
#include "sim/liquid.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace smsctl::sim {

namespace {

using Json = nlohmann::json;

constexpr std::size_t most_recipients = 10'000;
constexpr std::size_t longest_text = 1600; // UTF-16 units
constexpr std::size_t most_tags = 10;
constexpr std::size_t longest_tag_key = 128;
constexpr std::size_t longest_tag_value = 256;
constexpr std::chrono::days latest_schedule{30};
// Twilio's numbers for a parameter that does not belong here, and one that is malformed.
constexpr int unknown_parameter = 20001;
constexpr int malformed = 20422;

/// Reads one request and gathers what is wrong with it.
class Reader {
public:
    Reader(const Account& account, Instant now) : m_account(account), m_now(now) {}

    std::variant<CommsSend, std::vector<CommsProblem>> read(std::string_view json);

private:
    void refuse(int code, std::string message, std::string context)
    {
        m_problems.push_back({400, code, std::move(message), std::move(context)});
    }
    void check_names(const Json& object,
                     std::initializer_list<const char*> known,
                     const std::string& at);
    void read_from(const Json& from);
    void read_content(const Json& content);
    void read_recipients(const Json& to);
    void read_recipient(const Json& recipient, const std::string& at);
    void read_tags(const Json& tags);
    void read_schedule(const Json& schedule);

    const Account& m_account;
    Instant m_now;
    std::optional<Liquid> m_template;
    CommsSend m_send;
    std::vector<CommsProblem> m_problems;
};

std::string text_at(const Json& object, const char* name)
{
    const auto field = object.find(name);
    return field != object.end() && field->is_string() ? field->get<std::string>() : std::string();
}

bool is_tag_text(std::string_view text, std::size_t longest)
{
    return text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '~' || c == '-';
           });
}

void Reader::check_names(const Json& object,
                         std::initializer_list<const char*> known,
                         const std::string& at)
{
    for (const auto& [name, value] : object.items())
        if (std::find(known.begin(), known.end(), name) == known.end())
            refuse(unknown_parameter, fmt::format("'{}' is not expected.", name), at + "." + name);
}

void Reader::read_from(const Json& from)
{
    if (!from.is_object() || text_at(from, "channel") != "SMS") {
        refuse(malformed, "Only an address of the channel SMS is simulated.", "$.from");
        return;
    }
    check_names(from, {"address", "channel"}, "$.from");
    m_send.from = text_at(from, "address");
    const PhoneNumber* const own = m_account.by_address(m_send.from);
    if (own == nullptr || !own->capabilities.sms)
        refuse(21606,
               fmt::format("{} is not an SMS-capable number of this account.", m_send.from),
               "$.from.address");
}

void Reader::read_content(const Json& content)
{
    if (!content.is_object() || !content.contains("text") || content.size() != 1) {
        refuse(malformed, "Only content.text is simulated.", "$.content");
        return;
    }
    const std::string text = text_at(content, "text");
    if (text.empty())
        refuse(21602, "Message body is required.", "$.content.text");
    if (text::utf16_units(text) > longest_text)
        refuse(21617, "The message body exceeds the 1600 character limit.", "$.content.text");
    auto parsed = Liquid::parse(text);
    if (const auto* problem = std::get_if<std::string>(&parsed))
        refuse(malformed, *problem, "$.content.text");
    else
        m_template = std::move(std::get<Liquid>(parsed));
}

void Reader::read_recipients(const Json& to)
{
    if (!to.is_array() || to.empty() || to.size() > most_recipients) {
        refuse(malformed, "'to' must have 1 to 10,000 items.", "$.to");
        return;
    }
    for (std::size_t i = 0; i < to.size(); ++i)
        read_recipient(to[i], fmt::format("$.to[{}]", i));
}

void Reader::read_recipient(const Json& recipient, const std::string& at)
{
    if (!recipient.is_object() || text_at(recipient, "channel") != "PHONE") {
        refuse(malformed, "Only an address of the channel PHONE is simulated.", at);
        return;
    }
    check_names(recipient, {"address", "channel", "variables"}, at);
    const std::string address = text_at(recipient, "address");
    const auto verdict = phone::recipient(address, "US");
    if (!verdict.address || verdict.address->text != address || address == "+15005550001" ||
        address == "+15005550009")
        refuse(21614, fmt::format("'{}' is not a valid mobile number.", address), at + ".address");
    LiquidVariables variables;
    const Json given = recipient.value("variables", Json::object());
    if (!given.is_object())
        refuse(malformed, "'variables' must be an object.", at + ".variables");
    for (const auto& [name, value] : given.items()) {
        if (value.is_string())
            variables[name] = value.get<std::string>();
        else
            refuse(malformed, "A variable must be a string.", at + ".variables." + name);
    }
    if (!m_template)
        return;
    std::string body = m_template->render(variables);
    if (body.empty())
        refuse(21602, "Message body is required.", at);
    if (text::utf16_units(body) > longest_text)
        refuse(21617, "The message body exceeds the 1600 character limit.", at);
    m_send.recipients.push_back({address, std::move(body)});
}

void Reader::read_tags(const Json& tags)
{
    if (!tags.is_object() || tags.size() > most_tags) {
        refuse(malformed, "'tags' must be an object of at most 10.", "$.tags");
        return;
    }
    for (const auto& [key, value] : tags.items()) {
        if (!value.is_string() || !is_tag_text(key, longest_tag_key) ||
            !is_tag_text(value.get<std::string>(), longest_tag_value))
            refuse(malformed, "A tag has a character it must not have.", "$.tags." + key);
        else
            m_send.tags[key] = value.get<std::string>();
    }
}

void Reader::read_schedule(const Json& schedule)
{
    const Json times = schedule.is_object() ? schedule.value("sendAt", Json()) : Json();
    const bool has_time = times.is_array() && !times.empty() && times.front().is_string();
    const auto at = has_time ? text::parse_rfc3339(times.front().get<std::string>()) : std::nullopt;
    if (!at || *at > m_now + latest_schedule)
        refuse(35114, "'sendAt' must name a time within 30 days.", "$.schedule.sendAt");
    else if (*at > m_now)
        m_send.send_at = at; // one that is past goes at once
}

std::variant<CommsSend, std::vector<CommsProblem>> Reader::read(std::string_view json)
{
    const Json request = Json::parse(json, nullptr, false);
    if (!request.is_object()) {
        refuse(malformed, "The body is not a JSON object.", "");
        return std::move(m_problems);
    }
    check_names(request, {"from", "to", "content", "schedule", "tags"}, "$");
    // Without a sender Twilio picks one; the content is needed to render for the recipients.
    if (request.contains("from"))
        read_from(request["from"]);
    else if (const PhoneNumber* const chosen =
                 m_account.service_sender(m_account.service_sid(), "", false))
        m_send.from = chosen->address;
    read_content(request.value("content", Json()));
    read_recipients(request.value("to", Json()));
    if (request.contains("tags"))
        read_tags(request["tags"]);
    if (request.contains("schedule"))
        read_schedule(request["schedule"]);
    if (!m_problems.empty())
        return std::move(m_problems);
    return std::move(m_send);
}

} // namespace

std::variant<CommsSend, std::vector<CommsProblem>>
read_comms_send(std::string_view json, const Account& account, Instant now)
{
    return Reader(account, now).read(json);
}

} // namespace smsctl::sim
