#include "commands/trigger_delivery.hpp"

#include "commands/send_outcome.hpp"
#include "core/id.hpp"
#include "core/text.hpp"
#include "output/record.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace smsctl {

namespace {

constexpr std::size_t longest_body = 2000;

/// The id of the message that the simulator made; empty when it says none.
std::string sid_in(const std::string& body)
{
    const auto json = nlohmann::json::parse(body, nullptr, false);
    return json.is_object() && json.contains("sid") && json["sid"].is_string()
               ? json["sid"].get<std::string>()
               : std::string();
}

/// What came back, put into `delivery`.
Outcome outcome_of(const http::Result& result, const Expected& expected, output::Delivery& delivery)
{
    Outcome outcome{delivery.url, std::nullopt};
    if (const auto* error = std::get_if<http::TransportError>(&result)) {
        delivery.error = error->message;
        outcome.error = Error(Exit::unavailable,
                              "webhook.unreachable",
                              fmt::format("{} gave no answer: {}", delivery.url, error->message),
                              "start one with: smsctl listen");
        return outcome;
    }
    const auto& response = std::get<http::Response>(result);
    delivery.http = response.status;
    delivery.body = text::to_utf8(std::string_view(response.body).substr(0, longest_body));
    delivery.ok = response.status >= expected.from && response.status <= expected.to;
    if (delivery.provider_id.empty())
        delivery.provider_id = sid_in(response.body);
    if (!delivery.ok)
        outcome.error = Error(Exit::rejected,
                              "webhook.refused",
                              fmt::format("{} answered {}", delivery.url, response.status));
    return outcome;
}

http::Request within_deadline(http::Request request, Session& session)
{
    if (const auto deadline = session.deadline())
        request.timeout = std::min(
            request.timeout,
            std::max(Millis(1),
                     std::chrono::duration_cast<Millis>(*deadline - session.clock().now())));
    return request;
}

} // namespace

Expected expected_from(const std::string& text)
{
    if (text.empty())
        return {};
    const auto dash = text.find('-');
    const auto from = text::to_integer(text.substr(0, dash));
    const auto to = dash == std::string::npos ? from : text::to_integer(text.substr(dash + 1));
    if (!from || !to || *from < 100 || *to > 599 || *from > *to)
        throw usage_error("usage.value",
                          fmt::format("--expect: '{}' is no HTTP status and no range", text),
                          "such as --expect 403 or --expect 400-499");
    return {*from, *to};
}

void deliver(const std::vector<Outbound>& outbound,
             const std::string& origin,
             const Expected& expected,
             Millis interval,
             Session& session)
{
    const std::stop_token stop = session.stop_token();
    http::Client client("TwilioProxy/1.1 (smsctl trigger)");
    auto printer = session.printer(
        outbound.size() == 1 ? output::Shape::one : output::Shape::stream,
        "delivery",
        {{"type", "TYPE"}, {"http", "HTTP"}, {"duration_ms", "MS"}, {"error", "ERROR"}});
    OutcomeSum sum;
    for (std::size_t i = 0; i < outbound.size(); ++i) {
        if (i > 0 && interval > Millis(0))
            session.clock().wait(interval, stop);
        if (stop.stop_requested()) {
            printer.finish();
            session.throw_if_stopped(
                fmt::format("{} of {} were delivered", printer.count(), outbound.size()));
        }
        const Outbound& one = outbound[i];
        output::Delivery delivery;
        delivery.created_at = session.clock().now();
        delivery.id = new_id("dlv", delivery.created_at);
        delivery.type = one.type;
        delivery.origin = origin;
        delivery.url = one.request.url;
        delivery.is_signed = one.is_signed;
        delivery.provider_id = one.provider_id;
        const auto start = std::chrono::steady_clock::now();
        const http::Result result = client.perform(within_deadline(one.request, session));
        delivery.duration =
            std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - start);
        sum.add(outcome_of(result, expected, delivery));
        printer.print(output::delivery_record(delivery, session.workspace(Access::reading).name));
    }
    printer.finish();
    sum.raise();
}

} // namespace smsctl
