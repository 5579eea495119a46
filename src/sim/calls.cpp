#include "sim/calls.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"
#include "phone/e164.hpp"
#include "sim/fields.hpp"
#include "sim/filters.hpp"
#include "sim/wire.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::array<CallField, 7> fields{{
    {"From", "Who called: a number."},
    {"To", "Who was called; one of the two is ours."},
    {"Status",
     "completed (usual), busy, no-answer, failed, canceled, or of one that goes on: queued, "
     "ringing, in-progress."},
    {"Direction", "inbound, outbound-api or outbound-dial; usually by whose number To is."},
    {"Duration", "Seconds; usually 60 for a completed call."},
    {"StartTime", "When it began, RFC 3339; usually so that it ended now."},
    {"ParentCallSid", "The call that it is a leg of."},
}};

constexpr std::array<std::string_view, 8> statuses{
    "completed", "busy", "no-answer", "failed", "canceled", "queued", "ringing", "in-progress"};
constexpr std::array<std::string_view, 3> directions{"inbound", "outbound-api", "outbound-dial"};
constexpr std::array<std::string_view, 3> open_statuses{"queued", "ringing", "in-progress"};
constexpr int usual_duration = 60;
constexpr int minute_price = 1400; ///< hundred-thousandths of a dollar

template <typename Words>
bool is_one_of(const Words& words, std::string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

Json text_or_null(std::string_view text)
{
    return text.empty() ? Json(nullptr) : Json(text);
}

Json date_or_null(const std::optional<Instant>& instant)
{
    return instant ? Json(text::rfc2822(*instant)) : Json(nullptr);
}

/// What a call says of itself beside its ends, or what is wrong with that.
std::string read(const http::Form& form, Call& call, Instant now)
{
    const std::string_view status = http::first(form, "Status");
    call.status = status.empty() ? "completed" : status;
    if (!is_one_of(statuses, call.status))
        return fmt::format("Status '{}' is none of a call", status);
    const auto duration =
        count_field(form, "Duration", call.status == "completed" ? usual_duration : 0);
    if (!duration || *duration > 86'400)
        return "Duration must be a number of seconds, at most a day's";
    call.duration = static_cast<int>(*duration);
    const std::string_view start = http::first(form, "StartTime");
    const auto length = std::chrono::seconds(call.duration);
    const auto began = start.empty() ? std::optional(now - length) : text::parse_rfc3339(start);
    if (!began)
        return fmt::format("StartTime '{}' is no instant such as 2026-03-02T10:11:12Z", start);
    call.created_at = *began;
    if (call.status != "queued" && call.status != "ringing")
        call.started_at = *began;
    if (!is_one_of(open_statuses, call.status))
        call.ended_at = *began + length;
    if (call.status == "completed") {
        const int amount = minute_price * ((call.duration + 59) / 60);
        call.price = fmt::format("-{}.{:05}", amount / 100'000, amount % 100'000);
    }
    return {};
}

} // namespace

std::span<const CallField> call_fields()
{
    return fields;
}

std::variant<Call, std::string>
read_call(const http::Form& form, const Account& account, Instant now)
{
    if (std::string problem = unknown_field(form, fields); !problem.empty())
        return problem;
    Call call;
    for (auto [end, name] : {std::pair{&call.from, "From"}, std::pair{&call.to, "To"}}) {
        const auto verdict = phone::sender(typed_number(http::first(form, name)), "US");
        if (!verdict.address)
            return fmt::format("{} {}", name, verdict.reason);
        *end = verdict.address->text;
    }
    const PhoneNumber* called = account.by_address(call.to);
    const PhoneNumber* ours = called != nullptr ? called : account.by_address(call.from);
    if (ours == nullptr)
        return std::string("neither From nor To is a number of this account");
    call.number_sid = ours->sid;
    const std::string_view direction = http::first(form, "Direction");
    call.direction = called != nullptr ? "inbound" : "outbound-api";
    if (!direction.empty()) {
        if (!is_one_of(directions, direction))
            return fmt::format("Direction '{}' is none of a call", direction);
        call.direction = direction;
    }
    call.parent_sid = http::first(form, "ParentCallSid");
    if (!call.parent_sid.empty() && !is_sid(call.parent_sid, "CA"))
        return fmt::format("ParentCallSid '{}' names no call", call.parent_sid);
    if (std::string problem = read(form, call, now); !problem.empty())
        return problem;
    return call;
}

std::variant<const Call*, std::string> Calls::add(const http::Form& form, Instant now)
{
    auto read_one = read_call(form, m_account, now);
    if (auto* problem = std::get_if<std::string>(&read_one))
        return std::move(*problem);
    Call& call = m_calls.emplace_back(std::move(std::get<Call>(read_one)));
    call.sid = m_account.sids().next("CA");
    return &call;
}

http::ServerResponse Calls::answer(const ApiRequest& request)
{
    if (request.resource.size() > 2)
        return sim::answer(not_found(request.path));
    if (!request.reads())
        return sim::answer(method_not_allowed());
    if (request.resource.size() == 2) {
        const auto found = std::find_if(m_calls.begin(), m_calls.end(), [&](const Call& each) {
            return each.sid == request.resource[1];
        });
        return found == m_calls.end() ? sim::answer(not_found(request.path))
                                      : sim::answer(200, json(*found));
    }
    const auto started = DateRange::read(request.query, "StartTime");
    const auto ended = DateRange::read(request.query, "EndTime");
    for (const auto* range : {&started, &ended})
        if (const auto* problem = std::get_if<Problem>(range))
            return sim::answer(*problem);
    const std::string_view status = http::first(request.query, "Status");
    const std::string_view parent = http::first(request.query, "ParentCallSid");
    std::vector<const Call*> found;
    for (const Call& each : m_calls)
        if (is_between(each.from, each.to, request.query) &&
            (status.empty() || each.status == status) &&
            (parent.empty() || each.parent_sid == parent) &&
            std::get<DateRange>(started).holds(each.started_at) &&
            std::get<DateRange>(ended).holds(each.ended_at))
            found.push_back(&each);
    std::stable_sort(found.begin(), found.end(), [](const Call* left, const Call* right) {
        return left->created_at > right->created_at;
    });
    return answer_page(request, "calls", found, [&](const Call& each) { return json(each); });
}

Json Calls::json(const Call& call) const
{
    const std::string path = fmt::format("{}/Calls/{}", account_path(m_account.sid()), call.sid);
    return {{"sid", call.sid},
            {"date_created", text::rfc2822(call.created_at)},
            {"date_updated", text::rfc2822(call.ended_at.value_or(call.created_at))},
            {"parent_call_sid", text_or_null(call.parent_sid)},
            {"account_sid", m_account.sid()},
            {"to", call.to},
            {"to_formatted", phone::display(call.to)},
            {"from", call.from},
            {"from_formatted", phone::display(call.from)},
            {"phone_number_sid", text_or_null(call.number_sid)},
            {"status", call.status},
            {"start_time", date_or_null(call.started_at)},
            {"end_time", date_or_null(call.ended_at)},
            {"duration", call.ended_at ? Json(fmt::to_string(call.duration)) : Json(nullptr)},
            {"price", text_or_null(call.price)},
            {"price_unit", "USD"},
            {"direction", call.direction},
            {"answered_by", nullptr},
            {"api_version", "2010-04-01"},
            {"forwarded_from", nullptr},
            {"group_sid", nullptr},
            {"caller_name", ""},
            {"queue_time", "0"},
            {"trunk_sid", nullptr},
            {"uri", path + ".json"},
            {"subresource_uris", {{"recordings", path + "/Recordings.json"}}}};
}

} // namespace smsctl::sim
