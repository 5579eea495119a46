#include "commands/topics.hpp"
#include "sim/control.hpp"
#include "sim/faults.hpp"

#include <fmt/format.h>

namespace smsctl {

std::vector<TopicBlock> simulator_blocks()
{
    using Kind = TopicBlock::Kind;
    std::vector<TopicBlock> blocks{
        {Kind::paragraph,
         "A running `smsctl sim` is driven over HTTP: on loopback, without credentials, forms by "
         "POST, answers in JSON.",
         ""}};
    for (const sim::ControlPath& row : sim::control_paths())
        blocks.push_back(
            {Kind::item, std::string(row.meaning), fmt::format("{} {}", row.method, row.path)});

    blocks.insert(
        blocks.end(),
        {{Kind::heading, "Faults", ""},
         {Kind::paragraph,
          "Each POST /sim/faults adds one; its form has a kind, and fields that say which requests "
          "it strikes. Faults for the same requests strike one after the other. kind=none forgets "
          "all that wait.",
          ""},
         {Kind::item,
          "Two messages of a hundred are taken, and their answers lost with their connections.",
          "curl -d kind=close_after -d percent=2 $SMSCTL_API_BASE/sim/faults"},
         {Kind::item,
          "The queue of one sender is full for nine requests; the others go on.",
          "curl -d kind=queue_full -d from=+14155550100 -d count=9 $SMSCTL_API_BASE/sim/faults"},
         {Kind::heading, "Kinds of fault", ""}});
    for (const sim::FaultName& row : sim::fault_names())
        blocks.push_back({Kind::item, std::string(row.meaning), std::string(row.name)});
    blocks.push_back({Kind::heading, "Fields of a fault", ""});
    for (const sim::FaultField& row : sim::fault_fields())
        blocks.push_back({Kind::item, std::string(row.meaning), std::string(row.name)});

    blocks.insert(
        blocks.end(),
        {{Kind::heading, "Messages for later", ""},
         {Kind::paragraph,
          "The account has one Messaging Service, named in the ready file and, for wrapped "
          "commands, in TWILIO_MESSAGING_SERVICE_SID; all numbers are its senders. What it is "
          "given "
          "with SendAt goes out when that time comes, whatever the speed, or when the clock is put "
          "forward past it.",
          ""},
         {Kind::item,
          "Twenty minutes pass at once.",
          "curl -d advance=20m $SMSCTL_API_BASE/sim/clock"},
         {Kind::heading, "Counts", ""},
         {Kind::item, "Messages that were taken.", "creates"},
         {Kind::item,
          "Who got any, and how many of them more than one.",
          "recipients, recipients_with_several"},
         {Kind::item,
          "Messages that told a recipient what one before had told; by recipient, a hundred at "
          "most.",
          "repeats, repeated"},
         {Kind::item, "How many messages have each status now.", "statuses"},
         {Kind::item,
          "Messages, segments and the segments of the busiest second, by sender.",
          "senders"},
         {Kind::item, "When the first and the last was taken.", "first_create_at, last_create_at"},
         {Kind::item, "Requests by what they were answered; reset and close: not.", "answers"},
         {Kind::item,
          "Requests that wait for their answer, now and at most. Without --latency, one.",
          "in_flight, peak_in_flight"},
         {Kind::item, "Requests struck, by kind.", "faults"},
         {Kind::item, "Callbacks and webhooks that got a 2xx answer or did not.", "webhooks"}});
    return blocks;
}

} // namespace smsctl
