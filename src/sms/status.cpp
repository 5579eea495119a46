// A message moves only forwards. Every status has a stage; a report moves a message on when its
// stage is higher than the one stored. Final statuses share a stage, so the first of them stays,
// but for `read`, which may follow `delivered`.
#include "sms/status.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace smsctl::sms {

namespace {

struct Row {
    Status status;
    std::string_view word;
    int stage;
};

constexpr int final_stage = 8;

constexpr std::array rows{
    Row{Status::planned, "planned", 0},
    Row{Status::blocked, "blocked", final_stage},
    Row{Status::submitting, "submitting", 1},
    Row{Status::in_doubt, "in_doubt", 2},
    Row{Status::rejected, "rejected", final_stage},
    Row{Status::scheduled, "scheduled", 3},
    Row{Status::accepted, "accepted", 4},
    Row{Status::queued, "queued", 5},
    Row{Status::sending, "sending", 6},
    Row{Status::sent, "sent", 7},
    Row{Status::delivered, "delivered", final_stage},
    Row{Status::read, "read", final_stage + 1},
    Row{Status::undelivered, "undelivered", final_stage},
    Row{Status::failed, "failed", final_stage},
    Row{Status::canceled, "canceled", final_stage},
    Row{Status::expired, "expired", final_stage},
    Row{Status::received, "received", final_stage},
};

constexpr const Row& row(Status status)
{
    return rows[static_cast<std::size_t>(status)];
}

constexpr bool in_enum_order()
{
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (static_cast<std::size_t>(rows[i].status) != i)
            return false;
    return true;
}
static_assert(in_enum_order());

} // namespace

std::string_view word(Status status)
{
    return row(status).word;
}

std::optional<Status> parse_status(std::string_view word)
{
    const auto* const found =
        std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.word == word; });
    if (found == rows.end())
        return std::nullopt;
    return found->status;
}

bool is_final(Status status)
{
    return row(status).stage >= final_stage;
}

bool is_failure(Status status)
{
    return is_final(status) && status != Status::delivered && status != Status::read &&
           status != Status::received;
}

std::optional<Status> advance(Status current, Status reported)
{
    if (reported == Status::read && current != Status::delivered && is_final(current))
        return std::nullopt;
    if (row(reported).stage <= row(current).stage)
        return std::nullopt;
    return reported;
}

} // namespace smsctl::sms
