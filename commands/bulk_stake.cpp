#include "commands/bulk_stake.hpp"

#include "core/error.hpp"
#include "core/money.hpp"
#include "output/progress.hpp"
#include "store/batches.hpp"
#include "store/messages.hpp"

#include <fmt/format.h>

namespace smsctl {

namespace {

/// More are confirmed by their number, not by a y.
constexpr std::int64_t few = 100;

std::string cost_text(const Stake& stake)
{
    return stake.cost_micros ? fmt::format(", about {} USD", decimal(*stake.cost_micros)) : "";
}

Instant today(const Clock& clock)
{
    return std::chrono::floor<std::chrono::days>(clock.now());
}

bool is_over_daily_cap(const Stake& stake, store::Scope& scope, const Clock& clock)
{
    const auto cap = scope.workspace().daily_cap_micros();
    if (!cap)
        return false;
    const std::int64_t spent = store::Messages(scope).spent_micros(
        today(clock), scope.workspace().segment_price_micros().value_or(0));
    return spent - stake.counted_micros + stake.cost_micros.value_or(0) > *cap;
}

} // namespace

Stake stake_in(const BatchPart& part, store::Scope& scope, const Clock& clock)
{
    const auto unsent = store::Batches(scope).unsent(part.batch, part.since_seq);
    Stake stake{.messages = unsent.count, .segments = unsent.segments, .cost_micros = {}};
    if (const auto price = scope.workspace().segment_price_micros()) {
        stake.cost_micros = *price * unsent.segments;
        if (part.batch.created_at >= today(clock))
            stake.counted_micros = *price * unsent.segments;
    }
    return stake;
}

void confirm_sending(const Stake& stake,
                     std::optional<std::int64_t> max_cost_micros,
                     store::Scope& scope,
                     Session& session)
{
    if (max_cost_micros && !stake.cost_micros)
        throw usage_error(
            "usage.segment_price",
            "--max-cost needs to know what a segment costs",
            fmt::format("smsctl workspace set {} segment-price=0.0083", scope.workspace().name));
    if (max_cost_micros && *stake.cost_micros > *max_cost_micros)
        throw Error(Exit::blocked,
                    "blocked.max_cost",
                    fmt::format("{} messages would cost about {} USD, more than --max-cost {}",
                                output::grouped(stake.messages),
                                decimal(*stake.cost_micros),
                                decimal(*max_cost_micros)),
                    "send a shorter list, or raise --max-cost");
    const bool over_cap = is_over_daily_cap(stake, scope, session.clock());
    const std::string question = fmt::format("Send {} {} ({} segments{}){}?",
                                             output::grouped(stake.messages),
                                             stake.messages == 1 ? "message" : "messages",
                                             output::grouped(stake.segments),
                                             cost_text(stake),
                                             over_cap ? ", over the workspace's daily-cap" : "");
    const bool is_much = stake.messages > few || over_cap;
    if (is_much && session.options().yes && !max_cost_micros && !session.streams().in_is_terminal)
        throw usage_error("usage.max_cost",
                          fmt::format("--yes needs --max-cost for {}",
                                      over_cap ? "what is over the daily-cap"
                                               : fmt::format("more than {} messages", few)),
                          fmt::format("the question was: {}", question));
    const bool goes = is_much ? session.confirm_by_typing(question, std::to_string(stake.messages))
                              : session.confirm(question);
    if (!goes)
        throw usage_error("usage.declined", "nothing was sent");
}

} // namespace smsctl
