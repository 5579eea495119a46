#include "commands/doctor_checks.hpp"
#include "output/progress.hpp"
#include "store/integrity.hpp"
#include "workspace/paths.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace smsctl {

namespace {

using output::Check;
using output::CheckStatus;

/// One file or folder that must not grant `forbidden`.
struct Guarded {
    std::filesystem::path path;
    mode_t forbidden = 0;
    std::string_view danger;
};

/// What is wrong with it, once mended where that was asked for.
std::optional<Check> problem_of(const Guarded& guarded, const DoctorOptions& options)
{
    struct stat found {};
    if (::stat(guarded.path.c_str(), &found) != 0)
        return std::nullopt; // not there: others look at that
    if (found.st_uid != ::geteuid() && ::geteuid() != 0)
        return Check{.name = "modes",
                     .status = CheckStatus::failed,
                     .message = fmt::format("{} belongs to another user", guarded.path.string()),
                     .fix = fmt::format("sudo chown \"$USER\" {}", guarded.path.string())};
    if ((found.st_mode & guarded.forbidden) == 0)
        return std::nullopt;
    Check check{
        .name = "modes",
        .status = CheckStatus::failed,
        .message = fmt::format(
            "{} has mode {:03o}: {}", guarded.path.string(), found.st_mode & 0777U, guarded.danger),
        .fix = fmt::format(
            "chmod {:03o} {}", found.st_mode & 0777U & ~guarded.forbidden, guarded.path.string())};
    if (options.fix &&
        ::chmod(guarded.path.c_str(), found.st_mode & 07777U & ~guarded.forbidden) == 0) {
        check.status = CheckStatus::fixed;
        check.fix.clear();
    } else if (options.fix) {
        check.message += fmt::format("; it cannot be changed: {}", std::strerror(errno));
    }
    return check;
}

} // namespace

void check_modes(const std::filesystem::path& database,
                 const DoctorOptions& options,
                 const Tell& tell)
{
    constexpr mode_t others = 0077;
    constexpr mode_t others_write = 0022;
    constexpr std::string_view readable = "others can read your messages or keys";
    constexpr std::string_view replaceable = "others can put another file in its place";
    bool is_well = true;
    for (const Guarded& guarded :
         {Guarded{database, others, readable},
          Guarded{database.string() + "-wal", others, readable},
          Guarded{database.string() + "-shm", others, readable},
          Guarded{database.parent_path(), others_write, replaceable},
          Guarded{paths::key_file(), others, readable},
          Guarded{paths::key_file().parent_path(), others_write, replaceable}})
        if (auto check = problem_of(guarded, options)) {
            tell(*std::move(check));
            is_well = false;
        }
    if (is_well)
        tell({.name = "modes", .message = "only you can read the database and the key"});
}

output::Check judge_space(std::uintmax_t available, std::uintmax_t size)
{
    constexpr std::uintmax_t mebi = std::uintmax_t{1} << 20U;
    constexpr std::uintmax_t least = 64 * mebi;
    const std::string left =
        fmt::format("{} MB are free", output::grouped(static_cast<std::int64_t>(available / mebi)));
    if (available < least)
        return {.name = "space",
                .status = CheckStatus::failed,
                .message = fmt::format("only {}: sends and webhooks stop when it is full", left),
                .fix = "free some space, or smsctl message rm --older-than 90d",
                .exit = Exit::storage};
    if (available < size + least)
        return {.name = "space",
                .status = CheckStatus::warning,
                .message = fmt::format("{}, less than a backup of the database takes", left),
                .fix = "free some space before the next upgrade"};
    return {.name = "space", .message = left};
}

void check_space(const std::filesystem::path& database, const Tell& tell)
{
    std::error_code problem;
    const auto folder = database.has_parent_path() ? database.parent_path() : ".";
    const auto space = std::filesystem::space(folder, problem);
    if (problem) {
        tell({.name = "space",
              .status = CheckStatus::skipped,
              .message = fmt::format("{}: {}", folder.string(), problem.message())});
        return;
    }
    const auto size = std::filesystem::file_size(database, problem);
    tell(judge_space(space.available, problem ? 0 : size));
}

bool check_integrity(store::Database& database, const DoctorOptions& options, const Tell& tell)
{
    store::Integrity integrity(database);
    std::vector<store::Finding> findings = integrity.check();
    const auto can_be_repaired = [](const auto& finding) { return finding.can_be_repaired; };
    const bool is_repaired = options.fix && !findings.empty() &&
                             std::all_of(findings.begin(), findings.end(), can_be_repaired);
    if (is_repaired)
        integrity.repair();
    bool schema = true;
    bool rest = true;
    for (const store::Finding& finding : findings) {
        const bool is_schema = finding.kind == store::Finding::Kind::schema;
        (is_schema ? schema : rest) = false;
        Check check{.name = is_schema ? "schema" : "integrity",
                    .status = is_repaired ? CheckStatus::fixed : CheckStatus::failed,
                    .message = finding.text,
                    .exit = Exit::storage};
        if (!is_repaired)
            check.fix = finding.can_be_repaired ? "smsctl doctor --fix"
                                                : "restore a backup, or sqlite3 FILE .recover";
        tell(std::move(check));
    }
    if (schema)
        tell({.name = "schema", .message = fmt::format("version {}", database.schema_version())});
    if (rest)
        tell({.name = "integrity", .message = "pages, references, counters and indexes agree"});
    return std::none_of(findings.begin(), findings.end(), [](const auto& finding) {
        return !finding.can_be_repaired;
    });
}

} // namespace smsctl
