#include "commands/doctor_checks.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"
#include "delivery/recorder.hpp"
#include "providers/twilio/bulk_request.hpp"
#include "store/batches.hpp"
#include "store/bulk_requests.hpp"
#include "store/forwards.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"
#include "store/outbox.hpp"
#include "store/pointings.hpp"
#include "store/removals.hpp"
#include "webhook/pointing.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace smsctl {

namespace {

using output::Check;
using output::CheckStatus;

std::string counted(std::int64_t count, std::string_view one, std::string_view several)
{
    return fmt::format("{} {}", count, count == 1 ? one : several);
}

/// One workspace, looked at for what was cut off.
class Work {
public:
    Work(const Workspace& workspace,
         const DoctorOptions& options,
         Session& session,
         const Tell& tell)
        : m_workspace(workspace),
          m_options(options),
          m_session(session),
          m_tell(tell),
          m_scope(session.database().scope(workspace)),
          m_now(session.clock().now())
    {
    }

    void check()
    {
        left_over();
        abandoned();
        late();
        batches();
        lost();
        forwards();
        removals();
        if (!m_is_stuck)
            tell("stuck", CheckStatus::ok, "nothing waits for somebody who is gone");
        in_doubt();
    }

private:
    void tell(const std::string& name,
              CheckStatus status,
              const std::string& message,
              const std::string& fix = {},
              Exit exit = Exit::failed)
    {
        m_is_stuck |= name == "stuck";
        m_tell({.name = name,
                .workspace = m_workspace.name,
                .status = status,
                .message = message,
                .fix = fix,
                .exit = exit});
    }

    void left_over()
    {
        const auto left = store::Pointings(m_scope).left_over(m_now);
        for (const store::Pointing& pointing : left) {
            const auto number = store::Numbers(m_scope).by_row(pointing.number_row);
            if (!number)
                continue;
            const std::string what =
                fmt::format("{} still points at {}, where a listener that was killed left it",
                            number->address,
                            pointing.url);
            if (put_back(*number))
                tell("leftovers", CheckStatus::fixed, what);
            else
                tell("leftovers",
                     CheckStatus::failed,
                     what,
                     fmt::format(
                         "smsctl number set {} --undo -w {}", number->address, m_workspace.name));
        }
        if (left.empty())
            tell("leftovers", CheckStatus::ok, "no listener left a webhook behind");
    }

    /// Only with --fix, and when the provider lets us.
    bool put_back(const sms::Number& number)
    {
        if (!m_options.fix || m_options.offline)
            return false;
        try {
            const auto provider = m_session.provider(m_workspace);
            webhook::Pointing pointing(m_scope, m_session.clock(), number);
            pointing.claim();
            pointing.put_back(*provider);
            pointing.release();
            return true;
        } catch (const Error& error) {
            m_session.warn(fmt::format("smsctl: {}: {}", number.address, error.what()));
            return false;
        }
    }

    void abandoned()
    {
        const auto rows = store::Outbox(m_scope).abandoned(m_now);
        const auto requests = store::BulkRequests(m_scope).abandoned(m_now);
        if (rows.empty() && requests.empty())
            return;
        std::string what = fmt::format("{} in the hands of a process that is gone",
                                       counted(std::ssize(rows), "send was", "sends were"));
        if (!requests.empty())
            what += fmt::format(", and {} of the bulk API",
                                counted(std::ssize(requests), "request", "requests"));
        if (!m_options.fix) {
            tell("stuck", CheckStatus::failed, what, reconcile());
            return;
        }
        delivery::settle_abandoned(m_scope, m_session.clock());
        tell("stuck", CheckStatus::fixed, what + "; they are in doubt now");
    }

    /// What `send --due` should have taken some time ago.
    void late()
    {
        constexpr auto patience = std::chrono::minutes(10);
        int count = 0;
        Instant first = m_now;
        store::Outbox(m_scope).each_due(m_now - patience, [&](const store::Waiting& waiting) {
            ++count;
            first = std::min(first, waiting.entry.due_at);
            return true;
        });
        if (count > 0)
            tell("stuck",
                 CheckStatus::failed,
                 fmt::format("{} late, the first since {}",
                             counted(count, "scheduled message is", "scheduled messages are"),
                             text::rfc3339(first)),
                 fmt::format("smsctl send --due -w {}, each minute from cron", m_workspace.name));
    }

    void batches()
    {
        store::Batches batches(m_scope);
        for (const sms::Batch& batch : batches.list(0)) {
            const bool is_planned = batch.state == sms::BatchState::planned;
            if (!is_planned && batch.state != sms::BatchState::planning)
                continue;
            if (!is_planned && store::liveness(batch.planner) == store::Liveness::gone)
                tell(
                    "stuck",
                    CheckStatus::warning,
                    fmt::format("{} was planned only in part by a process that is gone; none of it "
                                "will be sent",
                                batch.id),
                    "run its smsctl bulk again");
            if (!is_planned || batches.in_hand(batch) > 0)
                continue;
            const auto waiting = batches.waiting_for_later(batch, m_now).count;
            if (const auto unsent = batches.unsent(batch).count; unsent > waiting)
                tell("stuck",
                     CheckStatus::warning,
                     fmt::format("{} of {} are planned and nobody sends them", unsent, batch.id),
                     fmt::format("smsctl bulk resume {} -w {}", batch.id, m_workspace.name));
        }
    }

    /// What the bulk API took, or may have, and shows no more: no command can find it out.
    void lost()
    {
        constexpr Millis shown_for = providers::twilio::bulk_visible_for;
        const auto count = store::BulkRequests(m_scope).lost_messages(m_now - shown_for);
        if (count > 0)
            tell(
                "stuck",
                CheckStatus::warning,
                fmt::format("the provider's bulk API shows nothing any more of {} whose end nobody "
                            "knows; it does for {} days",
                            counted(count, "message", "messages"),
                            shown_for / std::chrono::days(1)),
                fmt::format("smsctl message list --direction out --status in_doubt -w {}, and "
                            "look for them in the provider's console",
                            m_workspace.name));
    }

    void forwards()
    {
        for (const store::LeftForwards& left : store::Forwards(m_scope).left(m_now))
            tell("stuck",
                 CheckStatus::failed,
                 fmt::format("{} not reached {}, the first since {}, and no listener is there to "
                             "pass them on",
                             counted(left.count, "webhook has", "webhooks have"),
                             left.url,
                             text::rfc3339(left.oldest)),
                 fmt::format("smsctl listen --forward-to {} -w {}",
                             text::shell_quoted(left.url),
                             m_workspace.name));
    }

    void removals()
    {
        for (const store::Removal& removal : store::Removals(m_scope).unfinished())
            tell("stuck",
                 CheckStatus::failed,
                 fmt::format("{} was to be {} at the provider, which was cut off",
                             removal.message_id,
                             removal.verb == store::RemovalVerb::remove ? "deleted" : "redacted"),
                 fmt::format("smsctl message {} {} --remote -w {}",
                             removal.verb == store::RemovalVerb::remove ? "rm" : "redact",
                             removal.message_id,
                             m_workspace.name));
    }

    void in_doubt()
    {
        store::MessageQuery query;
        query.status = sms::Status::in_doubt;
        const std::int64_t count = store::Messages(m_scope).count(query);
        if (count == 0)
            tell("in_doubt", CheckStatus::ok, "no send is in doubt");
        else
            tell("in_doubt",
                 CheckStatus::failed,
                 fmt::format("of {} {} nobody knows whether the provider took {}",
                             count,
                             count == 1 ? "send" : "sends",
                             count == 1 ? "it" : "them"),
                 reconcile(),
                 Exit::in_doubt);
    }

    std::string reconcile() const
    {
        return fmt::format("smsctl reconcile -w {}", m_workspace.name);
    }

    const Workspace& m_workspace;
    const DoctorOptions& m_options;
    Session& m_session;
    const Tell& m_tell;
    store::Scope m_scope;
    Instant m_now;
    bool m_is_stuck = false;
};

} // namespace

void check_work(const Workspace& workspace,
                const DoctorOptions& options,
                Session& session,
                const Tell& tell)
{
    Work(workspace, options, session, tell).check();
}

} // namespace smsctl
