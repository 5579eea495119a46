#pragma once

#include "commands/command.hpp"
#include "core/cancel.hpp"
#include "core/clock.hpp"
#include "core/secret.hpp"
#include "output/printer.hpp"
#include "providers/provider.hpp"
#include "store/database.hpp"
#include "store/scope.hpp"
#include "store/workspaces.hpp"
#include "workspace/workspace.hpp"

#include <atomic>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace smsctl::providers::twilio {
class BulkClient;
}

namespace smsctl {

/// The standard streams of a command, and which of them are terminals; tests hand in their own.
struct Streams {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    bool in_is_terminal = false;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
};

/// What was given on the command line or by SMSCTL_* variables for every command.
struct GlobalOptions {
    std::string workspace; ///< -w or SMSCTL_WORKSPACE; empty: the default
    std::string db;
    std::string format = "auto";
    bool json = false;
    std::optional<std::vector<std::string>> fields; ///< set but empty: list the legal ones
    std::string print_template;
    bool quiet = false;
    int verbosity = 0;
    std::string color = "auto";
    bool no_input = false;
    bool yes = false;
    bool dry_run = false;
    std::optional<Millis> timeout;
    std::optional<int> limit;   ///< 0: all
    bool format_chosen = false; ///< by --format, --json or SMSCTL_FORMAT, not by what stdout is
};

/// Whether a command only looks or changes something: what an unclear workspace means depends on
/// it.
enum class Access { reading, mutating };

/// What a command is handed. Opens the database, the key file and the network only when asked.
class Session {
public:
    Session(Streams streams, Clock& clock);
    ~Session();

    GlobalOptions& options() { return m_options; }
    const GlobalOptions& options() const { return m_options; }
    Streams& streams() { return m_streams; }
    Clock& clock() { return m_clock; }

    /// What `declare` says about a command for help; made at the first call for it.
    CommandNotes& notes(const CLI::App& app) { return m_notes[&app]; }
    /// Fills options that were not given from SMSCTL_* variables and starts --timeout. Throws
    /// `usage.environment` for a variable that makes no sense.
    void read_environment();

    /// Opened at first use, where --db, SMSCTL_DB or the default path says. One that was named and
    /// is not there is `not_found.database` (3), unless this command may make it or TWILIO_*
    /// variables set up a workspace.
    store::Database& database();
    /// This command may make a database that was named and is not there; say so before
    /// `database()`.
    void may_make_database() { m_may_make_database = true; }
    std::string database_location() const;
    /// The workspace this command acts in: -w, else the default, else the ambient one. Throws
    /// `auth.no_workspace` (4) with what to type when there is none, `not_found.workspace` (3), or
    /// `usage.workspace_conflict` when ambient and default differ and the command mutates.
    const Workspace& workspace(Access access);
    store::Scope scope(Access access) { return database().scope(workspace(access)); }

    /// The secret that signs in to the provider.
    Secret api_secret(const Workspace& workspace);
    /// The secret that signs webhooks: the Auth Token. Throws `auth.no_webhook_secret` when the
    /// workspace has an API key and no webhook secret.
    Secret webhook_secret(const Workspace& workspace);
    std::unique_ptr<providers::Provider> provider(const Workspace& workspace);
    /// One whose retries end at `stop`, whatever becomes of the command, and which leaves no trace
    /// on stderr: for another thread, and for what must be put back.
    std::unique_ptr<providers::Provider> provider_until(const Workspace& workspace,
                                                        std::stop_token stop);
    /// Its side for many messages a request.
    std::unique_ptr<providers::twilio::BulkClient>
    bulk_client(const Workspace& workspace, const providers::RequestLimits& limits = {});
    /// SMSCTL_API_BASE (loopback only), else the workspace's api-base, else empty.
    std::string api_base(const Workspace& workspace) const;

    /// While it lives the first signal ends the process, without a word.
    Cancel::AtOnce end_at_once() { return Cancel::AtOnce(m_cancel.get()); }

    /// A printer for records of `object`, by the options and whether stdout is a terminal.
    output::Printer
    printer(output::Shape shape, std::string_view object, std::vector<output::Column> columns);
    /// Throws `usage.fields` when --fields or --print name what `object` does not have: called
    /// before anything is changed, for a printer that is made when all is done.
    void check_fields(std::string_view object);
    output::Format format(output::Shape shape) const;
    /// Whether an error is one JSON object on stderr: the format is a machine's, and it was chosen
    /// or stderr is no terminal.
    bool errors_are_json() const;
    /// Whether stdout gets colours: --color, NO_COLOR, CLICOLOR_FORCE, then the terminal.
    bool colour() const;
    /// Columns of the terminal: COLUMNS, else what it says, else 80.
    static int terminal_width();
    /// How many rows a listing shows: --limit, else 50 on a terminal, else all (0).
    int row_limit() const;
    /// A line for people on stderr; nothing under --quiet.
    void note(std::string_view text);
    /// A line for people on stderr even under --quiet.
    void warn(std::string_view text);
    /// "50 of 1,204; --limit 0 shows all" on a terminal when a listing was cut; `next` is what
    /// continues it ("--before msg_…"), empty where nothing does.
    void note_cut(std::size_t shown, std::int64_t total, std::string_view next = {});
    /// Whether anybody would see what `note_cut` says.
    bool shows_notes() const { return m_streams.out_is_terminal && !m_options.quiet; }
    /// A line for people when a table on a terminal is empty, which they might take for a failure.
    void note_empty(std::size_t shown, std::string_view text);
    /// Asks y/N. --yes answers; without a terminal throws `usage.confirmation` naming --yes.
    bool confirm(std::string_view question);
    /// Asks for `word` to be typed; the same rules.
    bool confirm_by_typing(std::string_view question, std::string_view word);
    /// Reads a secret without echo from the terminal.
    Secret prompt_secret(std::string_view prompt);

    /// SIGINT, SIGTERM and SIGHUP from the first call on, and --timeout; ask for it before making
    /// threads.
    std::stop_token stop_token();
    /// The signal that came, 0 for none.
    int signal() const;
    /// When --timeout ends the command; nothing without it.
    std::optional<Instant> deadline() const { return m_deadline; }
    void set_deadline();
    bool timed_out() const { return m_timed_out; }
    /// Throws what a stop means: `interrupted` (130, 143) with `hint` for a signal,
    /// `pending.timeout` (8) for --timeout; nothing happens without either.
    void throw_if_stopped(const std::string& hint);

    /// What the process will return when nothing was thrown.
    void set_exit(Exit exit) { m_exit = exit; }
    Exit exit() const { return m_exit; }

    /// What a credential of `workspace` is sealed for; the same when it is opened.
    static std::string seal_context(const Workspace& workspace, store::Purpose purpose);
    /// The ambient workspace `env`, made from TWILIO_* variables; nothing when they are not set.
    std::optional<Workspace> ambient_workspace();
    /// The workspace of this name or id, `env` included; throws `not_found.workspace`.
    Workspace named_workspace(const std::string& name);

private:
    bool can_ask() const;
    std::string ask(std::string_view question);
    providers::ProviderConfig provider_config(const Workspace& workspace);
    void find_workspace();
    void announce(const Workspace& workspace);
    std::optional<Secret> stored_secret(const Workspace& workspace, store::Purpose purpose);
    void start_timer();

    Streams m_streams;
    Clock& m_clock;
    GlobalOptions m_options;
    std::map<const CLI::App*, CommandNotes> m_notes;
    bool m_may_make_database = false;
    std::optional<store::Database> m_database;
    std::optional<Workspace> m_workspace;
    std::string m_ambient_account; ///< when it is another account than the default's
    bool m_announced = false;
    std::optional<Instant> m_deadline;
    std::atomic<bool> m_timed_out = false;
    Exit m_exit = Exit::ok;
    std::stop_source m_stop;
    std::unique_ptr<Cancel> m_cancel;
    std::optional<std::stop_callback<std::function<void()>>> m_on_signal;
    std::jthread m_timer;
};

} // namespace smsctl
