#include "commands/bulk_options.hpp"
#include "commands/bulk_run.hpp"
#include "commands/bulk_settle.hpp"
#include "commands/rejects.hpp"
#include "core/error.hpp"
#include "core/money.hpp"
#include "core/text.hpp"
#include "delivery/list_plan.hpp"
#include "delivery/recorder.hpp"
#include "output/batch_record.hpp"
#include "output/progress.hpp"
#include "output/verdict_record.hpp"
#include "store/batches.hpp"
#include "store/event_log.hpp"
#include "store/templates.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <utility>

namespace smsctl {

namespace {

templates::Input input_of(const std::string& word)
{
    if (word == "csv")
        return templates::Input::csv;
    if (word == "tsv")
        return templates::Input::tsv;
    return word == "jsonl" ? templates::Input::jsonl : templates::Input::automatic;
}

std::optional<templates::Template> text_of(const BulkOptions& options, store::Scope& scope)
{
    if (options.message && !options.template_name.empty())
        throw usage_error(
            "usage.body", "--message and --template both give a text", "keep one of them");
    if (options.message)
        return templates::Template(*options.message);
    if (!options.template_name.empty())
        return templates::Template(store::Templates(scope).resolve(options.template_name).body);
    return std::nullopt;
}

/// The plan of one list, from its first record to the batch.
class Bulk {
public:
    Bulk(const BulkOptions& options, Session& session);

    void run();

private:
    void read();
    void show(const std::optional<sms::Batch>& before);
    void tell_plan();
    void check_way(const sms::Batch& batch) const;
    std::optional<sms::Batch> commit();
    [[noreturn]] void throw_rejected(bool is_broken) const;

    const BulkOptions& m_options;
    Session& m_session;
    std::stop_token m_stop;
    store::Scope m_scope;
    delivery::WorkOptions m_work;
    std::optional<std::int64_t> m_max_cost;
    std::ifstream m_file;
    templates::Recipients m_list;
    delivery::ListPlan m_plan;
    output::Progress m_progress;
    Rejects m_rejects;
};

std::istream& open(const std::string& file, std::ifstream& stream, Session& session)
{
    if (file.empty())
        throw usage_error("usage.no_list", "no list was given", "smsctl bulk FILE, or - for stdin");
    if (file == "-") {
        if (session.streams().in_is_terminal)
            throw usage_error("usage.no_list",
                              "the list is to come from stdin, which is a terminal",
                              "give a file, or a pipe");
        return session.streams().in;
    }
    stream.open(file, std::ios::binary);
    if (!stream || stream.peek() == std::ifstream::traits_type::eof())
        throw usage_error(
            "usage.list", fmt::format("{} cannot be read, or is empty", file), "give a list");
    return stream;
}

Bulk::Bulk(const BulkOptions& options, Session& session)
    : m_options(options),
      m_session(session),
      m_stop(session.stop_token()),
      m_scope(session.scope(Access::mutating)),
      m_work(work_options(options.pace, m_scope.workspace())),
      m_max_cost(max_cost_micros(options.pace)),
      m_list(open(options.file, m_file, session),
             {.input = input_of(options.input),
              .file_name = options.file == "-" ? "" : options.file,
              .to_column = options.to_column,
              .region = m_scope.workspace().region()}),
      m_plan(m_scope,
             session.clock(),
             {.name = options.name,
              .source = options.file,
              .text = text_of(options, m_scope),
              .senders = options.from,
              .scheduled_at = options.at,
              .on_block = sms::parse_on_block(options.on_block).value(),
              .via = options.via.empty() ? std::string(sms::via_messages) : options.via}),
      m_progress(session.streams().err,
                 session.streams().err_is_terminal && !session.options().quiet,
                 session.clock()),
      m_rejects(options.rejects, options.file)
{
}

void Bulk::run()
{
    read();
    m_plan.judge();
    m_progress.clear();
    m_session.throw_if_stopped("nothing was planned; run it again");
    tell_plan();
    const bool is_dry = m_session.options().dry_run;
    if (!is_dry)
        delivery::settle_abandoned(m_scope, m_session.clock());
    auto batch = m_plan.planned_before();
    if (batch) {
        check_way(*batch);
        m_session.note(fmt::format("this list was planned before as {}; going on with it",
                                   batch->name.empty() ? batch->id : batch->name));
    }
    if (is_dry) {
        show(batch);
        return;
    }
    if (batch) {
        const Stake stake = stake_in({*batch}, m_scope, m_session.clock());
        if (stake.messages > 0)
            confirm_sending(stake, m_max_cost, m_scope, m_session);
    } else {
        check_pace(m_options.pace, m_plan.batch().via);
        const auto& totals = m_plan.totals();
        if (totals.sendable > 0)
            confirm_sending({totals.sendable, totals.segments, m_plan.estimated_price_micros()},
                            m_max_cost,
                            m_scope,
                            m_session);
        batch = commit();
    }
    submit_batch({*batch}, m_work, m_scope, m_session);
}

/// One way for the whole of a batch: what is in doubt on one must not go the other.
void Bulk::check_way(const sms::Batch& batch) const
{
    if (!m_options.via.empty() && m_options.via != batch.via)
        throw usage_error("usage.via",
                          fmt::format("{} was planned with --via {}", batch.id, batch.via),
                          "leave out --via to go on with it");
    check_pace(m_options.pace, batch.via);
}

void Bulk::read()
{
    const delivery::ListEnd end = m_plan.read(
        m_list,
        [this](const templates::Problem& problem, const templates::Recipients& list) {
            m_rejects.add(problem, list);
        },
        [this](std::int64_t rows) {
            if (m_progress.is_due())
                m_progress.show(fmt::format("{} rows read", output::grouped(rows)));
        },
        m_stop);
    m_progress.clear();
    if (end == delivery::ListEnd::stopped)
        m_session.throw_if_stopped("nothing was planned; run it again");
    m_rejects.finish();
    if (m_rejects.count() == 0)
        return;
    if (end == delivery::ListEnd::broken || !m_rejects.has_file())
        throw_rejected(end == delivery::ListEnd::broken);
    for (const std::string& line : m_rejects.first_lines())
        m_session.note(line);
    m_session.note(fmt::format("{} {} taken aside into {}",
                               output::grouped(m_rejects.count()),
                               m_rejects.count() == 1 ? "row was" : "rows were",
                               m_options.rejects));
}

/// The rows one a line for people, or all in the one error of a machine's format.
void Bulk::throw_rejected(bool is_broken) const
{
    const std::vector<std::string>& lines = m_rejects.first_lines();
    const auto more = m_rejects.count() - static_cast<std::int64_t>(lines.size());
    const std::string hint = m_rejects.hint().empty() && !is_broken
                                 ? "put them right, or take them aside with --rejects FILE"
                                 : m_rejects.hint();
    std::string message = lines.front();
    if (lines.size() > 1 && m_session.errors_are_json())
        message = fmt::format("{}", fmt::join(lines, "; "));
    if (more > 0)
        message += fmt::format("; and {} more", output::grouped(more));
    if (lines.size() == 1 || m_session.errors_are_json())
        throw usage_error("usage.list", message + "; nothing was planned", hint);
    for (const std::string& line : lines)
        m_session.warn(line);
    throw usage_error("usage.list",
                      fmt::format("{} rows cannot be used; nothing was planned",
                                  output::grouped(m_rejects.count())),
                      hint);
}

void Bulk::tell_plan()
{
    const auto& totals = m_plan.totals();
    std::string text = fmt::format("{} {}: {} to send ({} segments",
                                   output::grouped(totals.rows),
                                   totals.rows == 1 ? "row" : "rows",
                                   output::grouped(totals.sendable),
                                   output::grouped(totals.segments));
    if (const auto price = m_plan.estimated_price_micros())
        text += fmt::format(", about {} USD", decimal(*price));
    text += ")";
    const auto part = [&text](std::int64_t count, std::string_view what) {
        if (count > 0)
            text += fmt::format(", {} {}", output::grouped(count), what);
    };
    part(totals.opted_out, "opted out");
    part(totals.duplicates, "twice in the list");
    part(totals.quiet, "in quiet hours");
    part(totals.replayed, "sent before under their key");
    m_session.note(text);
    if (totals.repeated_recipients > 0)
        m_session.note(fmt::format("{} {} to a recipient who is in the list before, with another "
                                   "text",
                                   output::grouped(totals.repeated_recipients),
                                   totals.repeated_recipients == 1 ? "row goes" : "rows go"));
}

/// What there is to plan, or where the batch stands that the list became before.
void Bulk::show(const std::optional<sms::Batch>& before)
{
    output::Printer printer = m_session.printer(output::Shape::stream,
                                                "verdict",
                                                {{"verdict", "VERDICT"},
                                                 {"from", "FROM"},
                                                 {"to", "TO"},
                                                 {"segments", "SEGMENTS"},
                                                 {"estimated_price", "PRICE"},
                                                 {"reason", "REASON"},
                                                 {"body", "TEXT"}});
    if (before) {
        printer.print(output::batch_record(
            *before, store::Batches(m_scope).status_counts(*before), m_scope.workspace().name));
        printer.finish();
        return;
    }
    const int limit = m_session.row_limit();
    const auto price = m_scope.workspace().segment_price_micros();
    m_plan.each([&](const store::StagedRow& row) {
        printer.print(output::verdict_record(row, price, m_scope.workspace().name));
        return !m_stop.stop_requested() &&
               (limit == 0 || printer.count() < static_cast<std::size_t>(limit));
    });
    const std::size_t shown = printer.count();
    printer.print(output::batch_record(m_plan.batch(), {}, m_scope.workspace().name));
    printer.finish();
    m_session.note_cut(shown, m_plan.totals().rows);
    m_session.throw_if_stopped("nothing was planned");
}

std::optional<sms::Batch> Bulk::commit()
{
    auto batch = m_plan.commit(
        [this](std::int64_t rows) {
            if (m_progress.is_due())
                m_progress.show(fmt::format("{} of {} rows planned",
                                            output::grouped(rows),
                                            output::grouped(m_plan.totals().rows)));
        },
        m_stop);
    m_progress.clear();
    if (!batch)
        m_session.throw_if_stopped("nothing was planned; run it again");
    return batch;
}

} // namespace

void bulk(const BulkOptions& options, Session& session)
{
    Bulk(options, session).run();
}

} // namespace smsctl
