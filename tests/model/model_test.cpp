// SEED=n begins at another history, COUNT=n makes another number of them. A failure names the seed
// that makes the same history again, alone: SEED=… COUNT=1.
#include "model/history.hpp"
#include "store/numbers.hpp"
#include "store/workspaces.hpp"
#include "support/builders.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>

using namespace smsctl;

namespace {

std::uint64_t number_from(const char* name, std::uint64_t usual)
{
    const char* const text = std::getenv(name);
    return text == nullptr ? usual : std::stoull(text);
}

/// A database with a workspace and its number, folded into one file.
struct Template {
    Template()
    {
        test::FakeClock clock;
        const sim::Account account(0, clock.now());
        workspace = test::make_workspace();
        workspace.account_id = account.sid();
        store::OpenOptions options;
        options.location = path.string();
        store::Database database(options);
        store::Workspaces(database).add(workspace, clock.now());
        store::Scope scope = database.scope(workspace);
        sms::Number number = test::make_number(account.numbers().front().address);
        store::Numbers(scope).insert(number);
    }

    test::TempDir folder;
    std::filesystem::path path = folder / "empty.db";
    Workspace workspace;
};

} // namespace

TEST_CASE("after any history one reconcile makes database and provider agree", "[model]")
{
    // Every commit is synced to the disk, and a crash here needs none.
    if (std::filesystem::exists("/dev/shm"))
        ::setenv("TMPDIR", "/dev/shm", 1);
    const std::uint64_t first = number_from("SEED", 1);
    const std::uint64_t count = number_from("COUNT", 2000);
    const Template made;
    model::Counts sum;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        model::History history(seed, made.path, made.workspace);
        std::vector<std::string> problems;
        try {
            history.run();
            problems = history.problems();
        } catch (const std::exception& error) {
            problems = {error.what()};
        }
        sum.sends += history.counts().sends;
        sum.crashes += history.counts().crashes;
        sum.lost_callbacks += history.counts().lost_callbacks;
        sum.inbound += history.counts().inbound;
        sum.in_doubt += history.counts().in_doubt;
        sum.at_provider += history.counts().at_provider;
        if (!problems.empty())
            FAIL(fmt::format("SEED={} COUNT=1\n{}", seed, fmt::join(problems, "\n")));
    }
    WARN(fmt::format(
        "{} histories from SEED={}: {} sends, {} crashes, {} lost callbacks, {} inbound, "
        "{} in doubt at the end, {} messages at the provider",
        count,
        first,
        sum.sends,
        sum.crashes,
        sum.lost_callbacks,
        sum.inbound,
        sum.in_doubt,
        sum.at_provider));
    if (count >= 100) { // else nothing was proved
        CHECK(sum.crashes > 0);
        CHECK(sum.in_doubt > 0);
        CHECK(sum.lost_callbacks > 0);
        CHECK(sum.inbound > 0);
    }
}
