// The bare loop that `smsctl reconcile` is measured against: one page after the other with libcurl,
// simdjson over each, and one UPDATE for each message by its id, in one transaction a page. It
// plans nothing, keeps no events, and knows no message that changed before.
//
//     bench_bare_pager --db FILE --messages N
//     bench_bare_pager --db FILE --url http://127.0.0.1:PORT
//
// The first makes the database, with N open messages. The second is what is measured, as a whole
// process; it prints how many rows were changed.

#include "options.hpp"
#include "sid.hpp"

#include <curl/curl.h>
#include <simdjson.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

namespace {

struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Database = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

void insist(bool good, const char* what)
{
    if (good)
        return;
    std::fprintf(stderr, "bench_bare_pager: %s\n", what);
    std::exit(1);
}

void run(sqlite3* database, const std::string& sql)
{
    insist(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK,
           sqlite3_errmsg(database));
}

Statement prepared(sqlite3* database, const char* sql)
{
    sqlite3_stmt* statement = nullptr;
    insist(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) == SQLITE_OK,
           sqlite3_errmsg(database));
    return Statement(statement);
}

void bind(sqlite3_stmt* statement, int parameter, std::string_view text)
{
    sqlite3_bind_text(
        statement, parameter, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

Database opened(const std::string& path)
{
    sqlite3* raw = nullptr;
    insist(sqlite3_open(path.c_str(), &raw) == SQLITE_OK, "cannot open --db");
    Database database(raw);
    run(raw, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    return database;
}

void fill(sqlite3* raw, long messages)
{
    run(raw,
        "CREATE TABLE messages (id INTEGER PRIMARY KEY, provider_id TEXT NOT NULL UNIQUE, "
        "body TEXT NOT NULL, status TEXT NOT NULL, error_code TEXT NOT NULL, price TEXT NOT NULL, "
        "updated_at TEXT NOT NULL)");
    Statement insert = prepared(
        raw,
        "INSERT INTO messages VALUES (?1, ?2, 'Your parcel arrives today between 9 and 11. Reply "
        "STOP to opt out.', 'queued', '', '', '')");
    run(raw, "BEGIN");
    for (long i = 0; i < messages; ++i) {
        const std::string sid = bench::sid_of(static_cast<std::size_t>(i));
        sqlite3_bind_int64(insert.get(), 1, i + 1);
        bind(insert.get(), 2, sid);
        insist(sqlite3_step(insert.get()) == SQLITE_DONE, sqlite3_errmsg(raw));
        sqlite3_reset(insert.get());
    }
    run(raw, "COMMIT");
}

std::size_t append(char* bytes, std::size_t, std::size_t count, void* body)
{
    static_cast<std::string*>(body)->append(bytes, count);
    return count;
}

/// Enters a page; gives the next one's address.
std::string enter(simdjson::dom::parser& parser, const std::string& body, sqlite3_stmt* update)
{
    const auto text = [](const simdjson::dom::element& from, const char* name) {
        std::string_view value;
        return from[name].get(value) == simdjson::SUCCESS ? value : std::string_view("");
    };
    simdjson::dom::element page;
    insist(parser.parse(body).get(page) == simdjson::SUCCESS, "a page is no JSON");
    simdjson::dom::array messages;
    insist(page["messages"].get(messages) == simdjson::SUCCESS, "a page has no messages");
    for (const simdjson::dom::element message : messages) {
        bind(update, 1, text(message, "status"));
        bind(update, 2, text(message, "error_code"));
        bind(update, 3, text(message, "price"));
        bind(update, 4, text(message, "date_updated"));
        bind(update, 5, text(message, "sid"));
        insist(sqlite3_step(update) == SQLITE_DONE, sqlite3_errmsg(sqlite3_db_handle(update)));
        sqlite3_reset(update);
    }
    return std::string(text(page, "next_page_uri"));
}

/// Reads all pages and enters them; gives how many rows were changed.
long read_all(sqlite3* database, const std::string& url)
{
    const Statement update =
        prepared(database,
                 "UPDATE messages SET status = ?1, error_code = ?2, price = ?3, updated_at = ?4 "
                 "WHERE provider_id = ?5");
    const std::unique_ptr<CURL, Close> easy(curl_easy_init());
    std::string body;
    curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(easy.get(), CURLOPT_USERPWD, "AC5100000000000000000000000000051a:secret");
    simdjson::dom::parser parser;
    std::string next =
        "/2010-04-01/Accounts/AC5100000000000000000000000000051a/Messages.json?PageSize=1000";
    while (!next.empty()) {
        body.clear();
        curl_easy_setopt(easy.get(), CURLOPT_URL, (url + next).c_str());
        insist(curl_easy_perform(easy.get()) == CURLE_OK, "a page did not come");
        run(database, "BEGIN IMMEDIATE");
        next = enter(parser, body, update.get());
        run(database, "COMMIT");
    }
    return static_cast<long>(sqlite3_total_changes(database));
}

} // namespace

int main(int argc, char** argv)
{
    const bench::Options options(argc, argv, {"--url", "--db", "--messages"});
    const Database database = opened(options.text("--db", "bare.db"));
    const std::string url = options.text("--url", "");
    if (url.empty())
        fill(database.get(), options.number("--messages", 1000));
    else
        std::printf("{\"changed\":%ld}\n", read_all(database.get(), url));
}
