#include "commands/bulk_outcome.hpp"

#include "core/error.hpp"
#include "output/progress.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

namespace smsctl {

namespace {

std::string why(delivery::Ended ended, bool is_via_batch)
{
    switch (ended) {
    case delivery::Ended::too_many_failures:
        return "stopped at --max-failures";
    case delivery::Ended::all_in_doubt:
        return is_via_batch ? "stopped: the answer to a request was lost"
                            : "stopped: one answer after the other left the message in doubt";
    case delivery::Ended::unavailable:
        return "stopped: the provider cannot be reached, or asks to wait";
    case delivery::Ended::refused:
        return "stopped: the provider refuses the credentials";
    case delivery::Ended::done:
    case delivery::Ended::stopped:
        break;
    }
    return "some are left";
}

/// The error's code where all that went wrong is of one kind.
std::string_view code_of(Exit exit)
{
    switch (exit) {
    case Exit::rejected:
        return "provider.rejected";
    case Exit::in_doubt:
        return "in_doubt.submit";
    case Exit::auth:
        return "auth.refused";
    default:
        return "provider.unavailable";
    }
}

} // namespace

std::string resume_hint(const sms::Batch& batch)
{
    return fmt::format("smsctl bulk resume {}", batch.name.empty() ? batch.id : batch.name);
}

void throw_bulk_outcome(const sms::Batch& batch,
                        const Tally& tally,
                        std::int64_t in_doubt,
                        std::int64_t left,
                        delivery::Ended ended)
{
    const std::int64_t rejected = tally.of(sms::Status::rejected);
    const bool is_end = ended == delivery::Ended::done || ended == delivery::Ended::all_in_doubt;
    const bool is_short = left > 0 || !is_end;
    std::vector<Exit> reasons;
    if (rejected > 0 || tally.unaddressable() > 0)
        reasons.push_back(Exit::rejected);
    if (in_doubt > 0)
        reasons.push_back(Exit::in_doubt);
    if (is_short && ended == delivery::Ended::refused)
        reasons.push_back(Exit::auth);
    else if (is_short)
        reasons.push_back(Exit::unavailable);
    if (reasons.empty())
        return;
    std::vector<std::string> parts;
    const auto part = [&parts](std::int64_t count, std::string_view what) {
        if (count > 0)
            parts.push_back(fmt::format("{} {}", output::grouped(count), what));
    };
    part(tally.taken(), "accepted");
    part(rejected, "rejected");
    part(tally.unaddressable(), "unaddressable");
    part(in_doubt, "in doubt");
    part(left, "not sent");
    const bool agree = tally.taken() == 0 && reasons.size() == 1;
    const std::string hint = is_short       ? "to send the rest: " + resume_hint(batch)
                             : in_doubt > 0 ? "smsctl reconcile settles what is in doubt"
                                            : "the records say what became of each; smsctl "
                                              "message list --status rejected";
    throw Error(agree ? reasons.front() : Exit::partial,
                std::string(agree ? code_of(reasons.front()) : "partial"),
                fmt::format("{}: {}{}",
                            batch.id,
                            fmt::join(parts, ", "),
                            is_short ? "; " + why(ended, batch.via == sms::via_batch) : ""),
                hint);
}

void throw_bulk_canceled(const sms::Batch& batch,
                         const Tally& tally,
                         const sms::StatusCounts& counts)
{
    const auto canceled = counts.find(sms::Status::canceled);
    throw Error(Exit::partial,
                "partial",
                fmt::format("{}: {} accepted, {} canceled by another process",
                            batch.id,
                            output::grouped(tally.taken()),
                            output::grouped(canceled == counts.end() ? 0 : canceled->second)),
                "give the list another --name to send the rest after all");
}

} // namespace smsctl
