#include "commands/send_due.hpp"

#include "commands/message_columns.hpp"
#include "commands/send_outcome.hpp"
#include "commands/steady_printer.hpp"
#include "delivery/recorder.hpp"
#include "delivery/worker.hpp"
#include "output/record.hpp"
#include "store/outbox.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smsctl {

namespace {

/// In a batch a row that local policy refuses is left out, as `bulk` leaves it out.
Outcome outcome_of_due(const delivery::Settled& settled)
{
    const sms::Message& message = settled.message;
    if (message.status != sms::Status::blocked)
        return outcome_of(settled);
    if (message.batch_row != 0)
        return {message.to, std::nullopt};
    return blocked_outcome(message.failure.value(), message.to);
}

bool is_anything_due(store::Scope& scope, Instant now)
{
    bool found = false;
    store::Outbox(scope).each_due(now, [&](const store::Waiting&) {
        found = true;
        return false;
    });
    return found;
}

/// What would be sent.
void show(int limit, store::Scope& scope, Session& session)
{
    auto printer = session.printer(output::Shape::many, "message", message_columns());
    int left = limit;
    store::Outbox(scope).each_due(session.clock().now(), [&](const store::Waiting& waiting) {
        printer.print(output::message_record(waiting.message, scope.workspace().name));
        return limit == 0 || --left > 0;
    });
    printer.finish();
    session.note("dry run: nothing was sent");
}

void settle_abandoned(store::Scope& scope, Session& session)
{
    const int in_doubt = delivery::settle_abandoned(scope, session.clock());
    if (in_doubt > 0)
        session.warn(
            fmt::format("{} in doubt: the process that submitted {} died; smsctl "
                        "reconcile settles it",
                        in_doubt == 1 ? "a message is" : fmt::format("{} messages are", in_doubt),
                        in_doubt == 1 ? "it" : "them"));
}

} // namespace

void send_due(Session& session)
{
    const std::stop_token stop = session.stop_token();
    const int limit = session.options().limit.value_or(0);
    store::Scope scope = session.scope(Access::mutating);
    if (session.options().dry_run) {
        show(limit, scope, session);
        return;
    }
    settle_abandoned(scope, session);
    SteadyPrinter printer(session.printer(output::Shape::stream, "message", message_columns()));
    if (!is_anything_due(scope, session.clock().now())) {
        printer.finish();
        return;
    }
    delivery::WorkOptions options;
    options.mps = scope.workspace().rate();
    options.most = limit;
    const auto provider = session.provider(scope.workspace());
    OutcomeSum sum;
    const auto ended =
        delivery::Worker(scope, *provider, session.clock(), options)
            .run(
                {},
                [&](const delivery::Settled& settled) {
                    sum.add(outcome_of_due(settled));
                    printer.print(output::message_record(settled.message, scope.workspace().name));
                },
                stop);
    printer.finish();
    if (ended == delivery::Ended::stopped)
        session.throw_if_stopped("smsctl send --due sends the rest");
    sum.raise();
    printer.throw_if_left();
}

} // namespace smsctl
