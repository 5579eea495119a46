#include "commands/topics.hpp"

namespace smsctl {

namespace {

using Kind = TopicBlock::Kind;

void add_ways_in(std::vector<TopicBlock>& blocks)
{
    blocks.insert(
        blocks.end(),
        {{Kind::heading, "Where webhooks come in", ""},
         {Kind::item,
          "An address and a port; port 0 lets the system pick, see the ready file.",
          "--addr 127.0.0.1:8787"},
         {Kind::item,
          "A socket of mode 0600, in the place of one that a dead listener left, and removed at "
          "the "
          "end. Who may connect counts as a proxy on this machine: its X-Forwarded-Proto and "
          "X-Forwarded-Host say what was signed. In the ready file its url is http+unix:// and the "
          "path, escaped.",
          "--addr unix:/run/sms/hook.sock"},
         {Kind::item,
          "A socket that listens already and was inherited: systemd's is fd:3 (its ListenStream "
          "may "
          "be a port or a path), and what comes while listen is restarted waits there.",
          "--addr fd:3"},
         {Kind::item,
          "TLS 1.2 and 1.3 with a PEM chain and its key, read once: restart listen for a renewed "
          "certificate, which with fd:3 loses nothing.",
          "--tls-cert FILE --tls-key FILE"}});
}

void add_pointing(std::vector<TopicBlock>& blocks)
{
    blocks.insert(
        blocks.end(),
        {{Kind::heading, "A number that points here", ""},
         {Kind::paragraph,
          "--point sets the number's webhook at the provider to the public URL and --path, after a "
          "question or --yes, and sets it back at the end, whatever that is. It needs an https "
          "--public-url, or a loopback one with smsctl sim. One listener at a time may point a "
          "number, and `smsctl number set` leaves its webhook alone meanwhile. A webhook that "
          "somebody else changed stays as it is, and a fallback URL is not touched. A number in a "
          "Messaging Service that takes its texts itself is not reached this way.",
          ""},
         {Kind::paragraph,
          "The former webhook is stored before anything is changed. What a killed listener left is "
          "said by every listen of the workspace, and put back by the next --point of that number "
          "before anything else, or by hand:",
          ""},
         {Kind::item,
          "The webhook that listen --point, or number set, replaced last.",
          "smsctl number set +15550199 --undo"}});
}

void add_backfill(std::vector<TopicBlock>& blocks)
{
    blocks.insert(
        blocks.end(),
        {{Kind::heading, "What came while nobody listened", ""},
         {Kind::paragraph,
          "--backfill 2h asks the provider for texts of the last two hours to the workspace's "
          "numbers that are not stored. They are shown, counted, forwarded and run commands for as "
          "if their webhooks had come, the oldest first; nothing is replied to them. A webhook "
          "that "
          "comes after all is a repeat. Webhooks that come meanwhile are stored, answered and "
          "forwarded at once, and shown behind. A provider that cannot be asked is a warning. "
          "Statuses that were missed are the business of `smsctl reconcile`.",
          ""}});
}

void add_forwarding(std::vector<TopicBlock>& blocks)
{
    blocks.insert(
        blocks.end(),
        {{Kind::heading, "An application that answers", ""},
         {Kind::paragraph,
          "What --forward-to passes on is the webhook as it came, signed for that URL, with "
          "X-Smsctl-Event naming its event, to know a repeat by. An answer of 2xx within 10 s goes "
          "back to the provider; with any other, a redirect too, the provider gets an empty "
          "response and the application is told again, 1 s to 5 min apart, --retries times. What "
          "is not forwarded at the end is by the next listen --forward-to; `smsctl message show "
          "evt_…` says how far it is.",
          ""}});
}

void add_commands(std::vector<TopicBlock>& blocks)
{
    blocks.insert(
        blocks.end(),
        {{Kind::heading, "Commands for events", ""},
         {Kind::paragraph,
          "--exec runs a program without a shell, after the answer and the first try to forward: "
          "the record as JSON on stdin, SMSCTL_EVENT, SMSCTL_TYPE, SMSCTL_MESSAGE, "
          "SMSCTL_CONVERSATION, SMSCTL_FROM, SMSCTL_TO, SMSCTL_BODY, SMSCTL_STATUS, "
          "SMSCTL_ERROR_CODE, SMSCTL_PROVIDER_ID, SMSCTL_WORKSPACE and SMSCTL_DB in its "
          "environment, which holds no credential. It has 30 s; its output goes to stderr, and "
          "what "
          "goes wrong with it is a warning.",
          ""},
         {Kind::paragraph,
          "It runs at most once for an event, for a command may do what must not be done twice. "
          "What was stored when listen was killed, and had no command yet, gets none later; a "
          "program that must see every event reads them with a cursor instead:",
          ""},
         {Kind::item,
          "Each once, without a gap, over restarts.",
          "smsctl tail -f --kind all --cursor FILE"}});
}

} // namespace

std::vector<TopicBlock> listening_blocks()
{
    std::vector<TopicBlock> blocks;
    add_ways_in(blocks);
    add_pointing(blocks);
    add_backfill(blocks);
    add_forwarding(blocks);
    add_commands(blocks);
    return blocks;
}

} // namespace smsctl
