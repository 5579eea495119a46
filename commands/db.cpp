#include "commands/shared_options.hpp"
#include "output/record.hpp"
#include "store/database.hpp"
#include "store/integrity.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <system_error>
#include <type_traits>
#include <variant>

namespace smsctl {

namespace {

struct BackupOptions {
    std::string target;
};

struct QueryOptions {
    std::string sql;
};

store::OpenOptions as_it_stands(const Session& session)
{
    store::OpenOptions options;
    options.location = session.database_location();
    options.create = false;
    options.migrate = false;
    return options;
}

output::DatabaseState state_of(const Session& session, std::string action)
{
    output::DatabaseState state;
    state.path = session.database_location();
    state.newest_version = store::Database::newest_schema_version();
    state.action = std::move(action);
    return state;
}

void print(Session& session, const output::DatabaseState& state)
{
    auto printer = session.printer(output::Shape::one, "database", {});
    printer.print(output::database_record(state));
    printer.finish();
}

void run_path(Session& session)
{
    output::DatabaseState state = state_of(session, "path");
    std::error_code ignored;
    const GlobalOptions& options = session.options();
    if (!options.format_chosen && !options.fields && options.print_template.empty()) {
        if (!options.quiet) // for `sqlite3 "$(smsctl db path)"`
            session.streams().out << state.path << '\n' << std::flush;
        return;
    }
    if (std::filesystem::exists(state.path, ignored))
        state.schema_version = store::Database(as_it_stands(session)).schema_version();
    print(session, state);
}

/// What to do about the worst of them.
Error error_of(const std::string& path, const std::vector<store::Finding>& findings)
{
    const store::Finding& worst = findings.front();
    const bool can_be_repaired =
        std::all_of(findings.begin(), findings.end(), [](const store::Finding& finding) {
            return finding.can_be_repaired;
        });
    if (can_be_repaired)
        return {Exit::storage,
                "storage.inconsistent",
                fmt::format("{} does not agree with itself: {}", path, worst.text),
                "smsctl doctor --fix mends that"};
    if (worst.kind == store::Finding::Kind::damage)
        return {Exit::storage,
                "storage.damaged",
                fmt::format("{} is damaged: {}", path, worst.text),
                "restore a backup, or save what can be read: sqlite3 FILE .recover"};
    return {Exit::storage,
            "storage.schema",
            fmt::format("the schema of {} was changed: {}", path, worst.text),
            "restore a backup, or undo the change"};
}

void run_check(Session& session)
{
    output::DatabaseState state = state_of(session, "check");
    store::Database database(as_it_stands(session));
    state.schema_version = database.schema_version();
    std::vector<store::Finding> findings = store::Integrity(database).check();
    // What nothing mends stands first.
    std::stable_partition(findings.begin(), findings.end(), [](const store::Finding& finding) {
        return !finding.can_be_repaired;
    });
    for (const store::Finding& finding : findings)
        state.problems.push_back(finding.text);
    for (const store::Migration& migration : database.pending_migrations())
        state.migrations.emplace_back(migration.name);
    state.ok = state.problems.empty();
    print(session, state);
    if (!state.ok)
        throw error_of(state.path, findings);
}

void run_migrate(Session& session)
{
    output::DatabaseState state = state_of(session, "migrate");
    store::OpenOptions options = as_it_stands(session);
    options.create = !session.options().dry_run;
    store::Database database(options);
    for (const store::Migration& migration : database.pending_migrations()) {
        state.migrations.emplace_back(migration.name);
        if (session.options().dry_run)
            session.note(fmt::format("-- {}", migration.name));
        // The SQL is for people to read; the record names the steps.
        if (session.options().dry_run)
            session.streams().err << migration.sql << '\n';
    }
    if (!session.options().dry_run)
        state.backup = database.migrate();
    state.schema_version = database.schema_version();
    print(session, state);
}

void run_backup(const BackupOptions& options, Session& session)
{
    output::DatabaseState state = state_of(session, "backup");
    state.backup = std::filesystem::absolute(options.target).string();
    store::Database database(as_it_stands(session));
    state.schema_version = database.schema_version();
    if (!session.options().dry_run)
        database.backup(options.target);
    print(session, state);
}

output::Record cell(const store::QueryValue& value)
{
    return std::visit(
        [](const auto& is) -> output::Record {
            if constexpr (std::is_same_v<decltype(is), const std::monostate&>)
                return nullptr;
            else
                return is;
        },
        value);
}

void run_query(const QueryOptions& options, Session& session)
{
    const store::QueryResult result =
        store::query_read_only(session.database_location(), options.sql, session.row_limit());
    std::vector<output::Column> columns;
    columns.reserve(result.columns.size());
    for (auto column = result.columns.begin(); column != result.columns.end(); ++column)
        if (std::find(result.columns.begin(), column, *column) != column)
            throw usage_error("usage.sql",
                              fmt::format("two columns are called {}", *column),
                              "name one of them with AS");
    for (const std::string& column : result.columns)
        columns.push_back({column, column});
    auto printer = session.printer(output::Shape::many, "", columns);
    for (const auto& row : result.rows) {
        output::Record record = output::Record::object();
        for (std::size_t i = 0; i < row.size(); ++i)
            record[result.columns[i]] = cell(row[i]);
        printer.print(record);
    }
    printer.finish();
    if (result.has_more && session.shows_notes())
        session.note(fmt::format("the first {}; --limit 0 shows all", result.rows.size()));
}

void declare_verb(CLI::App& noun,
                  Session& session,
                  const char* name,
                  const char* summary,
                  const char* example,
                  void (*run)(Session&))
{
    CLI::App& verb = add_verb(noun, name, summary);
    session.notes(verb) = {example, "", "database"};
    on_run(verb, session, run);
}

void declare(CLI::App& app, Session& session)
{
    session.notes(app).examples =
        "sqlite3 \"$(smsctl db path)\"\n"
        "smsctl db backup /backup/smsctl.db\n"
        "smsctl db query 'select status, count(*) from messages group by 1'";
    declare_verb(app,
                 session,
                 "path",
                 "Where the database is",
                 "sqlite3 \"$(smsctl db path)\"    # --json says more",
                 run_path);
    declare_verb(app,
                 session,
                 "check",
                 "Check that it is whole and agrees with itself",
                 "smsctl db check    # pages, references, schema, counters, search; exit 12",
                 run_check);
    declare_verb(app,
                 session,
                 "migrate",
                 "Bring its schema forward, after a backup",
                 "smsctl db migrate -n    # show the SQL; every command does this by itself",
                 run_migrate);

    CLI::App& backup = add_verb(app, "backup", "Copy it to a file, while others write");
    session.notes(backup) = {"smsctl db backup /backup/smsctl.db", "", "database"};
    const auto backup_options = std::make_shared<BackupOptions>();
    add_operand(backup, "FILE", backup_options->target, "The copy; it must not exist")->required();
    on_run(backup, session, backup_options, run_backup);

    CLI::App& query = add_verb(app, "query", "Run one SQL statement that reads");
    session.notes(query).examples =
        "smsctl db query 'select to_address, status from messages limit 5' --format csv";
    const auto query_options = std::make_shared<QueryOptions>();
    add_operand(query, "SQL", query_options->sql, "The statement")->required();
    on_run(query, session, query_options, run_query);
}

} // namespace

extern const Command db_command;
const Command db_command{
    "db", Group::upkeep, "The database: path, check, migrate, backup, query", declare};

} // namespace smsctl
