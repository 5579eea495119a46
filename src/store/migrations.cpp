// Forward only. `application_id` says that a file is ours, `user_version` which steps it has had;
// both are written in the transaction that applies the steps.
#include "store/migrations.hpp"

#include "core/text.hpp"
#include "core/time_text.hpp"
#include "embedded/migrations.hpp"
#include "store/storage_error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smsctl::store {

namespace {

constexpr std::int64_t application_id = 0x736D7363; // "smsc"
constexpr Millis backup_wait = std::chrono::seconds(10);

std::int64_t number_of(Connection& connection, std::string_view sql)
{
    Statement statement = connection.prepare(sql);
    return statement.step() ? statement.integer(0) : 0;
}

bool is_memory(const std::string& location)
{
    return location == ":memory:";
}

/// "20260302T101112.345Z": sorts by time and holds no character that shells care about.
std::string stamp()
{
    std::string text = text::rfc3339(SystemClock().now());
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

/// A reader of its own: the caller's connection is inside the transaction that migrates.
std::string back_up_before(const std::string& location, int version)
{
    std::string target = fmt::format("{}.before-v{}-{}", location, version, stamp());
    Connection reader(location, false, true, backup_wait);
    copy_database(reader, location, target);
    return target;
}

} // namespace

const std::vector<Migration>& embedded_migrations()
{
    static const std::vector<Migration> steps = [] {
        std::vector<Migration> made;
        for (const EmbeddedFile& file : embedded::migrations()) {
            const auto number = text::to_integer(file.name.substr(0, file.name.find('_')));
            made.push_back({static_cast<int>(number.value()), file.name, file.text});
        }
        std::ranges::sort(made, {}, &Migration::version);
        return made;
    }();
    return steps;
}

int identify(Connection& connection, const std::string& location, int newest)
{
    const std::int64_t owner = number_of(connection, "PRAGMA application_id");
    const bool empty = number_of(connection, "SELECT count(*) FROM sqlite_schema") == 0;
    if (owner != application_id && (owner != 0 || !empty))
        throw not_ours_error(location);
    const auto version = static_cast<int>(number_of(connection, "PRAGMA user_version"));
    if (version > newest)
        throw Error(Exit::storage,
                    "storage.newer_schema",
                    fmt::format("{} has schema version {}, and this smsctl knows them up to {}",
                                location,
                                version,
                                newest),
                    "use the newer smsctl that wrote it; nothing was changed");
    return owner == application_id ? version : 0;
}

std::string bring_forward(Connection& connection,
                          const std::string& location,
                          const std::vector<Migration>& steps)
{
    const int newest = steps.back().version;
    if (identify(connection, location, newest) == newest)
        return {};
    Transaction transaction(connection);
    const int version =
        identify(connection, location, newest); // another process may have been faster
    if (version == newest)
        return {};
    std::string backup;
    if (version > 0 && !is_memory(location))
        backup = back_up_before(location, newest);
    for (const Migration& step : steps)
        if (step.version > version)
            connection.execute(std::string(step.sql));
    connection.execute(fmt::format(
        "PRAGMA application_id = {}; PRAGMA user_version = {}", application_id, newest));
    transaction.commit();
    return backup;
}

} // namespace smsctl::store
