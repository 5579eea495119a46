#include "commands/command.hpp"
#include "commands/message_columns.hpp"
#include "commands/send_outcome.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "commands/steady_printer.hpp"
#include "core/error.hpp"
#include "delivery/cancellation.hpp"
#include "delivery/recorder.hpp"
#include "output/batch_record.hpp"
#include "output/progress.hpp"
#include "store/batches.hpp"
#include "store/messages.hpp"
#include "store/reference.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <set>
#include <utility>
#include <variant>

namespace smsctl {

namespace {

struct CancelOptions {
    std::vector<std::string> references;
};

using Target = std::variant<sms::Message, sms::Batch>;

const std::string& id_of(const Target& target)
{
    return std::visit([](const auto& thing) -> const std::string& { return thing.id; }, target);
}

/// What `resolve` finds; nothing when there is no such thing.
template <typename Resolve>
auto found(Resolve resolve) -> std::optional<decltype(resolve())>
{
    try {
        return resolve();
    } catch (const Error& error) {
        if (error.exit() != Exit::not_found)
            throw;
        return std::nullopt;
    }
}

Target find_target(const std::string& reference, store::Scope& scope)
{
    auto message = found([&] { return store::Messages(scope).resolve(reference); });
    auto batch = found([&] { return store::Batches(scope).resolve(reference); });
    if (message && batch)
        throw store::ambiguous("message or batch", reference, {message->id, batch->id});
    if (message)
        return *std::move(message);
    if (batch)
        return *std::move(batch);
    throw not_found_error(
        "message or batch", reference, "smsctl message list --status planned, or smsctl bulk list");
}

/// Every reference must be good before the first is touched.
std::vector<Target> find_targets(const std::vector<std::string>& references, store::Scope& scope)
{
    std::vector<Target> targets;
    std::set<std::string> ids;
    for (const std::string& reference : references) {
        Target target = find_target(reference, scope);
        if (ids.insert(id_of(target)).second)
            targets.push_back(std::move(target));
    }
    return targets;
}

std::string progress_text(const delivery::CanceledBatch& canceled)
{
    std::string text = fmt::format("{} canceled here", output::grouped(canceled.here));
    if (canceled.at_provider + canceled.too_late > 0)
        text += fmt::format(", {} at the provider", output::grouped(canceled.at_provider));
    if (canceled.too_late > 0)
        text += fmt::format(", {} too late", output::grouped(canceled.too_late));
    return text;
}

std::vector<output::Column> batch_columns()
{
    return {{"id", "ID"}, {"name", "NAME"}, {"status", "STATUS"}, {"counts.canceled", "CANCELED"}};
}

/// One `cancel` under way.
class Canceling {
public:
    explicit Canceling(Session& session)
        : m_session(session),
          m_stop(session.stop_token()),
          m_scope(session.scope(Access::mutating)),
          m_cancellation(m_scope, session.clock(), [this]() -> providers::Provider& {
              if (!m_provider)
                  m_provider = m_session.provider(m_scope.workspace());
              return *m_provider;
          })
    {
    }

    void run(const std::vector<std::string>& references);

private:
    bool is_dry_run() const { return m_session.options().dry_run; }
    Outcome cancel(sms::Message& message, SteadyPrinter& printer);
    Outcome cancel(sms::Batch& batch, SteadyPrinter& printer);
    std::optional<Error> carry_out(sms::Batch& batch);
    void print(const sms::Batch& batch, const sms::StatusCounts& counts, SteadyPrinter& printer);

    Session& m_session;
    std::stop_token m_stop;
    store::Scope m_scope;
    std::unique_ptr<providers::Provider> m_provider;
    delivery::Cancellation m_cancellation;
};

/// An error that is one thing's own; of the others nothing is to be expected either.
bool is_its_own(const Error& error)
{
    return error.exit() != Exit::storage && error.exit() != Exit::usage;
}

void Canceling::run(const std::vector<std::string>& references)
{
    if (!is_dry_run())
        delivery::settle_abandoned(m_scope, m_session.clock());
    std::vector<Target> targets = find_targets(references, m_scope);
    const bool is_batch = std::holds_alternative<sms::Batch>(targets.front());
    SteadyPrinter printer(
        m_session.printer(targets.size() == 1 ? output::Shape::one : output::Shape::stream,
                          is_batch ? "batch" : "message",
                          is_batch ? batch_columns() : message_columns()));
    OutcomeSum sum;
    for (Target& target : targets) {
        if (m_stop.stop_requested())
            m_session.throw_if_stopped("run it again to cancel the rest");
        sum.add(std::visit([&](auto& thing) { return cancel(thing, printer); }, target));
    }
    printer.finish();
    if (is_dry_run())
        m_session.note("dry run: nothing was canceled");
    sum.raise();
    printer.throw_if_left();
}

Outcome Canceling::cancel(sms::Message& message, SteadyPrinter& printer)
{
    Outcome outcome{message.to, std::nullopt};
    try {
        message = is_dry_run() ? m_cancellation.rehearse(message) : m_cancellation.cancel(message);
    } catch (const Error& error) {
        if (!is_its_own(error))
            throw;
        outcome.error = error;
        message = store::Messages(m_scope).by_row(message.row).value();
    }
    printer.print(output::message_record(message, m_scope.workspace().name));
    return outcome;
}

Outcome Canceling::cancel(sms::Batch& batch, SteadyPrinter& printer)
{
    Outcome outcome{batch.id, std::nullopt};
    try {
        if (is_dry_run()) {
            const sms::StatusCounts counts = m_cancellation.rehearse(batch);
            print(batch, counts, printer);
            return outcome;
        }
        outcome.error = carry_out(batch);
    } catch (const Error& error) {
        if (!is_its_own(error))
            throw;
        outcome.error = error;
    }
    print(batch, store::Batches(m_scope).status_counts(batch), printer);
    return outcome;
}

/// What keeps the batch from being canceled whole.
std::optional<Error> Canceling::carry_out(sms::Batch& batch)
{
    output::Progress progress(m_session.streams().err,
                              m_session.streams().err_is_terminal && !m_session.options().quiet,
                              m_session.clock());
    const delivery::CanceledBatch canceled = m_cancellation.cancel(
        batch,
        [&](const delivery::CanceledBatch& so_far) {
            if (progress.is_due())
                progress.show(progress_text(so_far));
        },
        m_stop);
    progress.clear();
    m_session.note(fmt::format("{}: {}", batch.id, progress_text(canceled)));
    if (m_stop.stop_requested())
        m_session.throw_if_stopped("nothing more of it is submitted; run it again to cancel what "
                                   "the provider may hold");
    if (canceled.in_hand > 0)
        return Error(Exit::pending,
                     "pending.in_hand",
                     fmt::format("{}: {} are still being submitted", batch.id, canceled.in_hand),
                     "cancel it again later, in case the provider holds them");
    if (canceled.too_late > 0)
        return Error(canceled.here + canceled.at_provider > 0 ? Exit::partial : Exit::rejected,
                     "rejected.too_late",
                     fmt::format("{}: {} could not be canceled at the provider any more",
                                 batch.id,
                                 output::grouped(canceled.too_late)),
                     "smsctl reconcile tells what became of them");
    return std::nullopt;
}

void Canceling::print(const sms::Batch& batch,
                      const sms::StatusCounts& counts,
                      SteadyPrinter& printer)
{
    printer.print(output::batch_record(batch, counts, m_scope.workspace().name));
}

void run(const CancelOptions& options, Session& session)
{
    Canceling(session).run(options.references);
}

void declare(CLI::App& app, Session& session)
{
    auto options = std::make_shared<CancelOptions>();
    session.notes(app) = {
        "smsctl cancel msg_01jz                   # a message for later, here or at the provider\n"
        "smsctl cancel spring                     # what has not left of a batch\n"
        "smsctl cancel spring -n                  # how many that would be",
        "What waits here is canceled at once. What the provider holds (its status is `scheduled`) "
        "is "
        "canceled there, one message after the other; interrupted, run it again. Processes that "
        "send "
        "the batch stop taking rows of it; what they have in the air is waited for and stays as it "
        "comes out. What has left is exit 5.",
        "message"};
    add_operand(app, "REF", options->references, "Messages and batches: ids, a batch's name")
        ->required();
    on_run(app, session, options, &run);
}

} // namespace

extern const Command cancel_command;
const Command cancel_command{
    "cancel", Group::send, "Cancel messages for later, or what a batch has not sent", &declare};

} // namespace smsctl
