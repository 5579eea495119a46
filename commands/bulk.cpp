#include "commands/bulk_options.hpp"
#include "commands/bulk_settle.hpp"
#include "commands/command.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "delivery/recorder.hpp"
#include "output/batch_record.hpp"
#include "store/batches.hpp"

#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace smsctl {

namespace {

struct ShowOptions {
    std::string batch;
};

void print_batch(const sms::Batch& batch, store::Scope& scope, output::Printer& printer)
{
    printer.print(output::batch_record(
        batch, store::Batches(scope).status_counts(batch), scope.workspace().name));
}

void run_list(Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    store::Batches batches(scope);
    delivery::settle_abandoned(scope, session.clock());
    auto printer = session.printer(output::Shape::many,
                                   "batch",
                                   {{"created_at", "WHEN"},
                                    {"id", "ID"},
                                    {"name", "NAME"},
                                    {"status", "STATUS"},
                                    {"rows", "ROWS"},
                                    {"counts.planned", "LEFT"},
                                    {"source", "SOURCE"}});
    for (const sms::Batch& batch : batches.list(session.row_limit()))
        print_batch(batch, scope, printer);
    printer.finish();
    session.note_empty(printer.count(), "no batches yet; smsctl bulk FILE makes one");
    session.note_cut(printer.count(), batches.count());
}

void run_show(const ShowOptions& options, Session& session)
{
    store::Scope scope = session.scope(Access::reading);
    delivery::settle_abandoned(scope, session.clock());
    const sms::Batch batch = store::Batches(scope).resolve(options.batch);
    if (!session.options().dry_run)
        settle_bulk(
            batch.row, std::nullopt, [](const auto&, auto) {}, scope, session);
    auto printer = session.printer(output::Shape::one, "batch", {});
    print_batch(batch, scope, printer);
    printer.finish();
}

void add_pace(CLI::App& app, PaceOptions& pace)
{
    add_text(app,
             "--rate",
             pace.mps,
             "SEGMENTS/S",
             "Segments a second for each sender, instead of the workspace's rate");
    add_count(app, "--concurrency", pace.concurrency, "Submits in flight (default 50)");
    add_text(app,
             "--max-failures",
             pace.max_failures,
             "N|P%",
             "Stop after so many failures, or such a part");
    add_count(app,
              "--batch-size",
              pace.batch_size,
              "With --via batch, messages in one request (default 1000, at most 10000)");
    add_text(app,
             "--max-cost",
             pace.max_cost,
             "AMOUNT",
             "Refuse what is estimated to cost more; needs the workspace's segment-price");
}

void declare_resume(CLI::App& app, Session& session)
{
    auto options = std::make_shared<ResumeOptions>();
    session.notes(app).examples = "smsctl bulk resume spring\n"
                                  "smsctl bulk resume bat_01jz --only rejected -y";
    session.notes(app).object = "message";
    add_operand(app, "BATCH", options->batch, "Its id or name")->required();
    add_text(app,
             "--only",
             options->only,
             "STATUS,…",
             "planned (what is left), rejected or blocked rows, and no others");
    add_pace(app, options->pace);
    on_run(app, session, options, &resume);
}

void declare(CLI::App& app, Session& session)
{
    auto options = std::make_shared<BulkOptions>();
    session.notes(app).examples =
        "smsctl bulk people.csv -m 'Hi {{name|there}}, we open on Monday' -n   # the plan, no "
        "more\n"
        "smsctl bulk people.csv -m 'Hi {{name|there}}, we open on Monday'\n"
        "smsctl bulk people.csv --template opening --name spring -y --max-cost 20\n"
        "smsctl bulk orders.jsonl --rejects bad.jsonl                          # texts in `body`\n"
        "smsctl bulk people.csv -m 'We open on Monday' --via batch             # few requests\n"
        "sqlite3 -csv -header crm.db 'select …' | smsctl bulk - -m 'Hi {{name}}' -y";
    session.notes(app).object = "message";
    session.notes(app).details =
        "A list is CSV, tab-separated or JSON Lines. Its column `to` (or --to-column) has the "
        "recipients; `body`, `from`, `media`, `key`, `tz` and `at` may say more for a row, and all "
        "others are merge fields. Every row is checked before anything is planned, and the plan is "
        "stored whole before the first message leaves. Running the same list again goes on where "
        "it stopped and never sends a row twice. Prints each message as it settles, then the "
        "batch. With --via batch many messages leave in one request to Twilio's bulk API, which "
        "sends texts from numbers only, without media, and calls nobody back: smsctl then reads "
        "back what became of them, for 30 seconds or until --timeout, and reconcile does the rest. "
        "When the answer to such a request is lost, all its messages are in doubt until they are "
        "found by their tag; they never go again by themselves. Rows that wait for their time "
        "leave one by one, by send --due.";
    add_operand(app, "FILE", options->file, "The list; - is stdin");
    add_text(app, "-m,--message", options->message, "TEMPLATE", "The text, with {{fields}}");
    add_text(app, "--template", options->template_name, "NAME", "A stored text (smsctl template)");
    add_text(app, "--name", options->name, "NAME", "Your name for the batch");
    add_texts(app,
              "-f,--from",
              options->from,
              "SENDER",
              "A number or Messaging Service to send from; several share the load");
    add_text(app, "--to-column", options->to_column, "COL", "The column with the recipients");
    add_choice(app, "--input", options->input, {"auto", "csv", "tsv", "jsonl"}, "What the list is");
    add_text(app, "--rejects", options->rejects, "FILE", "Take wrong rows aside and send the rest");
    add_time(
        app, session, "--at", options->at, text::DurationMeans::from_now, "When it is to leave");
    add_choice(app,
               "--on-block",
               options->on_block,
               {"skip", "defer", "fail"},
               "When local policy refuses a row: leave it out, send it after the quiet hours, or "
               "send nothing");
    add_choice(app,
               "--via",
               options->via,
               {"messages", "batch"},
               "One request a message, or up to 10,000 messages in one to the bulk API");
    add_pace(app, options->pace);
    app.callback([options, &session, &app] {
        if (app.get_subcommands().empty())
            bulk(*options, session);
    });

    CLI::App& list = add_verb(app, "list", "List batches, newest first");
    session.notes(list).examples = "smsctl bulk list";
    session.notes(list).object = "batch";
    on_run(list, session, &run_list);
    auto show = std::make_shared<ShowOptions>();
    CLI::App& one = add_verb(app, "show", "Show a batch and where its messages stand");
    session.notes(one).examples = "smsctl bulk show spring";
    session.notes(one).object = "batch";
    add_operand(one, "BATCH", show->batch, "Its id or name")->required();
    on_run(one, session, show, &run_show);
    declare_resume(add_verb(app, "resume", "Send what is left of a batch"), session);
}

} // namespace

extern const Command bulk_command;
const Command bulk_command{
    "bulk", Group::send, "Plan a list, send it, go on with it after anything", declare};

} // namespace smsctl
