#include "sim/counts.hpp"

#include "core/time_text.hpp"
#include "sim/faults.hpp"
#include "sim/ledger.hpp"
#include "sim/webhook_caller.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <deque>
#include <string_view>
#include <tuple>
#include <vector>

namespace smsctl::sim {

using Json = nlohmann::ordered_json;

namespace {

/// How many recipients of repeats are named, of all that are counted.
constexpr std::size_t most_named = 100;

using Creates = std::vector<const Message*>;

/// What one sender was asked to send.
struct Sender {
    void add(const Message& message);

    std::int64_t messages = 0;
    std::int64_t segments = 0;
    std::int64_t peak = 0; ///< most segments within any one second
    std::deque<std::pair<Instant, int>> last_second;
    std::int64_t in_last_second = 0;
};

/// Messages come in the order they were made.
void Sender::add(const Message& message)
{
    const int count = message.segments != 0 ? message.segments : count_segments(message);
    ++messages;
    segments += count;
    in_last_second += count;
    last_second.emplace_back(message.created_at, count);
    while (last_second.front().first + std::chrono::seconds(1) <= message.created_at) {
        in_last_second -= last_second.front().second;
        last_second.pop_front();
    }
    peak = std::max(peak, in_last_second);
}

Json senders_json(const Creates& creates)
{
    std::map<std::string_view, Sender> senders;
    for (const Message* each : creates)
        senders[each->service_sid.empty() ? each->from : each->service_sid].add(*each);
    Json json = Json::object();
    for (const auto& [name, sender] : senders)
        json[std::string(name)] = {{"messages", sender.messages},
                                   {"segments", sender.segments},
                                   {"peak_segments_per_second", sender.peak}};
    return json;
}

/// Recipients, those of more than one message, and messages that say to the same recipient what
/// one before them said.
Json recipients_json(Creates creates)
{
    const auto key = [](const Message* each) { return std::tie(each->to, each->asked_body()); };
    std::sort(creates.begin(), creates.end(), [&](const Message* left, const Message* right) {
        return key(left) < key(right);
    });
    std::int64_t distinct = 0;
    std::int64_t several = 0;
    std::int64_t repeats = 0;
    Json repeated = Json::object();
    for (auto first = creates.begin(); first != creates.end(); ++distinct) {
        const auto end = std::find_if(
            first, creates.end(), [&](const Message* each) { return each->to != (*first)->to; });
        std::int64_t again = 0;
        for (auto next = first + 1; next != end; ++next)
            again += (*next)->asked_body() == (*(next - 1))->asked_body() ? 1 : 0;
        several += end - first > 1 ? 1 : 0;
        repeats += again;
        if (again > 0 && repeated.size() < most_named)
            repeated[(*first)->to] = again;
        first = end;
    }
    return {{"recipients", distinct},
            {"recipients_with_several", several},
            {"repeats", repeats},
            {"repeated", repeated}};
}

Json webhooks_json(const WebhookCaller& caller)
{
    std::int64_t taken = 0;
    const std::vector<Delivery> deliveries = caller.deliveries();
    for (const Delivery& each : deliveries)
        taken += each.http_status >= 200 && each.http_status < 300 ? 1 : 0;
    return {{"taken", taken}, {"not_taken", static_cast<std::int64_t>(deliveries.size()) - taken}};
}

} // namespace

void Traffic::begin()
{
    ++in_flight;
    peak_in_flight = std::max(peak_in_flight, in_flight);
}

void Traffic::answered(const http::ServerResponse& response)
{
    ++answers[what_came_of(response)];
}

std::string what_came_of(const http::ServerResponse& response)
{
    switch (response.hang_up) {
    case http::HangUp::reset:
        return "reset";
    case http::HangUp::close:
        return "close";
    case http::HangUp::no:
        break;
    }
    return std::to_string(response.status);
}

Json counts_json(const Ledger& ledger,
                 const Traffic& traffic,
                 const Faults& faults,
                 const WebhookCaller& caller)
{
    Creates creates;
    std::map<std::string_view, std::int64_t> statuses;
    for (const Message& message : ledger.all()) {
        if (message.direction == "inbound")
            continue;
        creates.push_back(&message);
        ++statuses[message.status];
    }
    Json json{{"creates", creates.size()}};
    json.update(recipients_json(creates));
    json["statuses"] = statuses;
    json["senders"] = senders_json(creates);
    const auto when = [](const Message* each) { return Json(text::rfc3339(each->created_at)); };
    json["first_create_at"] = creates.empty() ? Json() : when(creates.front());
    json["last_create_at"] = creates.empty() ? Json() : when(creates.back());
    json["answers"] = traffic.answers;
    json["in_flight"] = traffic.in_flight;
    json["peak_in_flight"] = traffic.peak_in_flight;
    json["faults"] = faults.hits();
    json["webhooks"] = webhooks_json(caller);
    return json;
}

} // namespace smsctl::sim
