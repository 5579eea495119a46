#include "commands/bulk_settle.hpp"

#include "core/error.hpp"
#include "providers/twilio/bulk_client.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace smsctl {

namespace {

constexpr Millis usual_patience = std::chrono::seconds(30);

/// Whoever is told of it may have paid twice, and recipients have read it twice.
void warn_of_repeats(const delivery::BulkLook& look, Session& session)
{
    for (const std::string& repeat : look.repeats)
        session.warn(fmt::format(
            "SENT TWICE: {}; something between us and the provider repeated it", repeat));
}

} // namespace

Instant bulk_patience(Session& session)
{
    return session.deadline().value_or(session.clock().now() + usual_patience);
}

delivery::BulkLook settle_bulk(std::int64_t batch_row,
                               std::optional<Instant> until,
                               const delivery::BulkSettlement::OnChange& on_change,
                               store::Scope& scope,
                               Session& session)
{
    if (delivery::bulk_requests_to_ask_about(scope, session.clock(), batch_row).empty())
        return {};
    const auto client = session.bulk_client(scope.workspace());
    delivery::BulkSettlement settlement(scope, *client, session.clock());
    delivery::BulkLook look = settlement.watch(batch_row, until, on_change, session.stop_token());
    warn_of_repeats(look, session);
    if (!look.problem.empty())
        session.note(fmt::format(
            "what became of it cannot be read now: {}; smsctl reconcile asks again", look.problem));
    return look;
}

delivery::BulkLook look_at_bulk(std::vector<sms::BulkRequest> requests,
                                const providers::RequestLimits& limits,
                                const delivery::BulkSettlement::OnChange& on_change,
                                store::Scope& scope,
                                Session& session)
{
    const auto client = session.bulk_client(scope.workspace(), limits);
    delivery::BulkSettlement settlement(scope, *client, session.clock());
    delivery::BulkLook look =
        settlement.look(std::move(requests), std::nullopt, on_change, session.stop_token());
    warn_of_repeats(look, session);
    return look;
}

} // namespace smsctl
