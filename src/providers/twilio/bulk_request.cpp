#include "providers/twilio/bulk_request.hpp"

#include "core/crypto.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_map>

namespace smsctl::providers::twilio {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t batch_id_bytes = 16;
constexpr std::size_t longest_text = 1600; // UTF-16 units
/// Twilio would put a stored profile's data in its place.
constexpr std::string_view profile_reference = "${Twilio.";

bool is_e164(std::string_view text)
{
    return text.size() > 1 && text.front() == '+' &&
           text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

Json recipient_json(const BulkRow& row)
{
    return {{"address", row.to}, {"channel", "PHONE"}, {"variables", {{"body", row.body}}}};
}

/// The request without its recipients.
Json head_json(const BulkRequest& request)
{
    Json head;
    head["from"] = {{"address", request.from}, {"channel", "SMS"}};
    head["to"] = Json::array();
    // A bare {{ body }} is refused; what a variable holds is not rendered again.
    head["content"] = {{"text", "{{ body | default: '' }}"}};
    head["tags"] = {{std::string(bulk_tag), request.batch_id}};
    if (request.send_at)
        head["schedule"] = {{"sendAt", Json::array({text::rfc3339(*request.send_at)})}};
    return head;
}

/// What a request from `from` takes before its first recipient, at most.
std::size_t head_bytes(std::string_view from)
{
    BulkRequest request;
    request.batch_id.assign(2 * batch_id_bytes, 'x');
    request.from = from;
    request.send_at = Instant();
    return head_json(request).dump().size();
}

/// A cut that still takes rows.
struct OpenCut {
    std::size_t cut = 0; ///< its place among the cuts
    std::size_t bytes = 0;
};

} // namespace

std::string new_bulk_batch_id()
{
    return crypto::hex(crypto::random_bytes(batch_id_bytes));
}

std::string bulk_obstacle(const BulkRow& row)
{
    if (!is_e164(row.to))
        return "is no E.164 number";
    if (row.body.empty())
        return "has no text";
    if (!text::is_utf8(row.body))
        return "has a text that is not UTF-8";
    if (row.body.find(profile_reference) != std::string::npos)
        return fmt::format("has a text with {}, where Twilio may put something else",
                           profile_reference);
    if (text::utf16_units(row.body) > longest_text)
        return fmt::format("has a text over {} characters", longest_text);
    return {};
}

std::string bulk_sender_obstacle(std::string_view from)
{
    if (from.empty())
        return "is not named";
    if (from.starts_with("MG"))
        return "is a messaging service, which cannot send this way";
    if (from.starts_with("whatsapp:"))
        return "is no sender of text messages";
    return is_e164(from) ? std::string() : "is no E.164 number, and nothing else is known to work";
}

std::string bulk_schedule_obstacle(Instant send_at, Instant now)
{
    if (send_at <= now)
        return "is past";
    if (send_at - now > bulk_visible_for)
        return "is more than 6 days ahead, when Twilio no longer shows what became of it";
    return {};
}

std::vector<std::vector<std::size_t>>
cut_bulk(std::span<const BulkRow> rows, std::string_view from, const BulkLimits& limits)
{
    const std::size_t most_rows = std::clamp<std::size_t>(limits.rows, 1, most_bulk_rows);
    const std::size_t head = head_bytes(from);
    std::vector<std::vector<std::size_t>> cuts;
    std::vector<OpenCut> open; // by how often a recipient was there before
    std::unordered_map<std::string_view, std::size_t> seen;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const std::size_t bytes = recipient_json(rows[row]).dump().size() + 1; // and a comma
        const std::size_t layer = seen[rows[row].to]++;
        const bool fits = layer < open.size() && cuts[open[layer].cut].size() < most_rows &&
                          open[layer].bytes + bytes <= limits.bytes;
        if (!fits) {
            open.resize(std::max(open.size(), layer + 1));
            open[layer] = {cuts.size(), head};
            cuts.emplace_back();
        }
        cuts[open[layer].cut].push_back(row);
        open[layer].bytes += bytes;
    }
    return cuts;
}

std::string bulk_body(const BulkRequest& request)
{
    Json body = head_json(request);
    Json& recipients = body["to"];
    for (const BulkRow& row : request.rows)
        recipients.push_back(recipient_json(row));
    return body.dump();
}

} // namespace smsctl::providers::twilio
