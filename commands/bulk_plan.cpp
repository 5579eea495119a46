#include "commands/bulk_options.hpp"
#include "commands/bulk_plan_report.hpp"
#include "commands/bulk_run.hpp"
#include "commands/rejects.hpp"
#include "core/error.hpp"
#include "delivery/list_plan.hpp"
#include "delivery/recorder.hpp"
#include "output/progress.hpp"
#include "store/templates.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

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
    delivery::ListEnd read_list();
    delivery::ListEnd read_pipe();
    void check_way(const sms::Batch& batch) const;
    std::optional<sms::Batch> commit();

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
    errno = 0;
    stream.open(file, std::ios::binary);
    const bool is_empty = stream.peek() == std::ifstream::traits_type::eof();
    if (!stream.is_open() || stream.bad()) // a folder can be opened, and not read
        throw usage_error("usage.list",
                          fmt::format("{} cannot be read: {}", file, std::strerror(errno)),
                          "smsctl bulk FILE, or - for stdin");
    if (is_empty)
        throw usage_error("usage.list", fmt::format("{} is empty", file), "give a list");
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
    tell_plan(m_plan, m_session);
    const bool is_dry = m_session.options().dry_run;
    if (!is_dry)
        delivery::settle_abandoned(m_scope, m_session.clock());
    auto batch = m_plan.planned_before();
    if (batch) {
        check_way(*batch);
        m_session.note(fmt::format("this list was planned before as {}; going on with it",
                                   batch->name.empty() ? batch->id : batch->name));
    } else {
        m_plan.check_time();
    }
    if (is_dry) {
        show_plan(m_plan, batch, m_scope, m_session);
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

/// A pipe may keep us waiting for as long as it likes; nothing is stored by then.
delivery::ListEnd Bulk::read_pipe()
{
    const Cancel::AtOnce at_once = m_session.end_at_once();
    return m_stop.stop_requested() ? delivery::ListEnd::stopped : read_list();
}

delivery::ListEnd Bulk::read_list()
{
    return m_plan.read(
        m_list,
        [this](const templates::Problem& problem, const templates::Recipients& list) {
            m_rejects.add(problem, list);
        },
        [this](std::int64_t rows) {
            if (m_progress.is_due())
                m_progress.show(fmt::format("{} rows read", output::grouped(rows)));
        },
        m_stop);
}

void Bulk::read()
{
    const delivery::ListEnd end = m_options.file == "-" ? read_pipe() : read_list();
    m_progress.clear();
    if (end == delivery::ListEnd::stopped)
        m_session.throw_if_stopped("nothing was planned; run it again");
    m_rejects.finish();
    if (m_rejects.count() == 0)
        return;
    if (end == delivery::ListEnd::broken || !m_rejects.has_file())
        throw_rejected(m_rejects, end == delivery::ListEnd::broken, m_session);
    tell_rejected(m_rejects, m_session);
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
    session.check_fields(session.options().dry_run ? "verdict" : "message");
    Bulk(options, session).run();
}

} // namespace smsctl
