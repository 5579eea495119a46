#include "commands/topics.hpp"
#include "sim/calls.hpp"
#include "sim/control.hpp"
#include "sim/directives.hpp"
#include "sim/faults.hpp"
#include "sim/inbound.hpp"
#include "sim/outcome_rules.hpp"
#include "sim/policy.hpp"
#include "sim/replies.hpp"

#include <fmt/format.h>

#include <utility>

namespace smsctl {

namespace {

using Kind = TopicBlock::Kind;

/// A heading and an item for each row.
template <typename Rows>
void add_rows(std::vector<TopicBlock>& blocks, const char* heading, const Rows& rows)
{
    blocks.push_back({Kind::heading, heading, ""});
    for (const auto& row : rows)
        blocks.push_back({Kind::item, std::string(row.meaning), std::string(row.name)});
}

void add_faults(std::vector<TopicBlock>& blocks)
{
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
          "curl -d kind=queue_full -d from=+14155550100 -d count=9 $SMSCTL_API_BASE/sim/faults"}});
    add_rows(blocks, "Kinds of fault", sim::fault_names());
    add_rows(blocks, "Fields of a fault", sim::fault_fields());
}

void add_scenarios(std::vector<TopicBlock>& blocks)
{
    blocks.insert(
        blocks.end(),
        {{Kind::heading, "Scenarios", ""},
         {Kind::paragraph,
          "A file for `sim --scenario FILE`, or the body of POST /sim/scenario, says what goes on, "
          "a line each: a word and its fields, NAME=VALUE, a value with blanks in double quotes. # "
          "begins a comment. The words take the fields of the control paths that stand beside "
          "them, and `after=5s` for a line whose time comes later (sooner under --speed). With the "
          "same --seed and the same requests the same things happen. A line that makes no sense is "
          "exit 2 with its number, and nothing is started.",
          ""}});
    for (const sim::DirectiveName& row : sim::directive_names())
        blocks.push_back({Kind::item,
                          fmt::format("{} As POST {}.", row.meaning, row.path),
                          std::string(row.verb)});
    for (const auto& [meaning, line] :
         {std::pair{"After a hundred messages, fifty refusals; and of a hundred creates one is "
                    "taken and answered with 500.",
                    "fault kind=refuse_429 skip=100 count=50 retry_after=2\n"
                    "fault kind=error_500_after percent=1"},
          std::pair{"Callbacks get lost, come twice, and overtake each other.",
                    "fault kind=lost percent=2\nfault kind=duplicate percent=5\n"
                    "fault kind=reorder event=sent percent=20"},
          std::pair{"One recipient's phone is off, one says STOP, and an outage lasts from second "
                    "30 to 40.",
                    "outcome to=+14155552671 status=undelivered code=30003\n"
                    "reply to=+14155552672 body=STOP delay=3s\n"
                    "fault after=30s kind=error_503_before count=1000000\n"
                    "fault after=40s kind=none"},
          std::pair{"Senders let one segment a second go and are full with ten.",
                    "set mps=1 queue=10 latency=20ms..80ms"}})
        blocks.push_back({Kind::item, meaning, line});
}

void add_later_and_counts(std::vector<TopicBlock>& blocks)
{
    blocks.insert(
        blocks.end(),
        {{Kind::heading, "Messages for later", ""},
         {Kind::paragraph,
          "The account has a Messaging Service, named in the ready file and, for wrapped "
          "commands, in TWILIO_MESSAGING_SERVICE_SID; all numbers that can text are its senders. "
          "What it is given with SendAt goes out when that time comes, whatever the speed, or when "
          "the clock is put forward past it.",
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
}

} // namespace

std::vector<TopicBlock> simulator_blocks()
{
    std::vector<TopicBlock> blocks{
        {Kind::paragraph,
         "A running `smsctl sim` is driven over HTTP: on loopback, without credentials, forms by "
         "POST, answers in JSON.",
         ""}};
    for (const sim::ControlPath& row : sim::control_paths())
        blocks.push_back(
            {Kind::item, std::string(row.meaning), fmt::format("{} {}", row.method, row.path)});

    add_faults(blocks);
    add_rows(blocks, "Fields of an outcome", sim::outcome_fields());
    add_rows(blocks, "Fields of a reply", sim::reply_fields());
    add_rows(blocks, "Settings", sim::policy_fields());
    add_rows(blocks, "Fields of a call", sim::call_fields());
    add_rows(blocks, "Fields of an inbound text", sim::inbound_fields());
    add_scenarios(blocks);

    add_later_and_counts(blocks);
    return blocks;
}

} // namespace smsctl
