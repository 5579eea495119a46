#include "commands/bulk_plan_report.hpp"

#include "core/error.hpp"
#include "core/money.hpp"
#include "output/batch_record.hpp"
#include "output/progress.hpp"
#include "output/verdict_record.hpp"
#include "store/batches.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace smsctl {

void throw_rejected(const Rejects& rejects, bool is_broken, Session& session)
{
    const std::vector<std::string>& lines = rejects.first_lines();
    const auto more = rejects.count() - static_cast<std::int64_t>(lines.size());
    const std::string hint = rejects.hint().empty() && !is_broken
                                 ? "put them right, or take them aside with --rejects FILE"
                                 : rejects.hint();
    std::string message = lines.front();
    if (lines.size() > 1 && session.errors_are_json())
        message = fmt::format("{}", fmt::join(lines, "; "));
    if (more > 0)
        message += fmt::format("; and {} more", output::grouped(more));
    if (lines.size() == 1 || session.errors_are_json())
        throw usage_error("usage.list", message + "; nothing was planned", hint);
    for (const std::string& line : lines)
        session.warn(line);
    throw usage_error("usage.list",
                      fmt::format("{} rows cannot be used; nothing was planned",
                                  output::grouped(rejects.count())),
                      hint);
}

void tell_rejected(const Rejects& rejects, Session& session)
{
    for (const std::string& line : rejects.first_lines())
        session.note(line);
    session.note(fmt::format("{} {} taken aside into {}",
                             output::grouped(rejects.count()),
                             rejects.count() == 1 ? "row was" : "rows were",
                             rejects.file()));
}

void tell_plan(const delivery::ListPlan& plan, Session& session)
{
    const auto& totals = plan.totals();
    std::string text = fmt::format("{} {}: {} to send ({} {}",
                                   output::grouped(totals.rows),
                                   totals.rows == 1 ? "row" : "rows",
                                   output::grouped(totals.sendable),
                                   output::grouped(totals.segments),
                                   totals.segments == 1 ? "segment" : "segments");
    if (const auto price = plan.estimated_price_micros())
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
    session.note(text);
    if (totals.repeated_recipients > 0)
        session.note(fmt::format("{} {} to a recipient who is in the list before, with another "
                                 "text",
                                 output::grouped(totals.repeated_recipients),
                                 totals.repeated_recipients == 1 ? "row goes" : "rows go"));
}

void show_plan(delivery::ListPlan& plan,
               const std::optional<sms::Batch>& before,
               store::Scope& scope,
               Session& session)
{
    output::Printer printer = session.printer(output::Shape::stream,
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
            *before, store::Batches(scope).status_counts(*before), scope.workspace().name));
        printer.finish();
        return;
    }
    const std::stop_token stop = session.stop_token();
    const int limit = session.row_limit();
    const auto price = scope.workspace().segment_price_micros();
    plan.each([&](const store::StagedRow& row) {
        printer.print(output::verdict_record(row, price, scope.workspace().name));
        return !stop.stop_requested() &&
               (limit == 0 || printer.count() < static_cast<std::size_t>(limit));
    });
    const std::size_t shown = printer.count();
    printer.print(output::batch_record(plan.batch(), {}, scope.workspace().name));
    printer.finish();
    session.note_cut(shown, plan.totals().rows);
    session.throw_if_stopped("nothing was planned");
}

} // namespace smsctl
