#include "core/crypto.hpp"
#include "phone/e164.hpp"
#include "support/vectors.hpp"
#include "templates/recipients.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

using namespace smsctl;
using nlohmann::json;
using templates::Step;

namespace {

struct ReadRow {
    std::size_t record = 0;
    std::size_t line = 0;
    std::string phone;
    std::map<std::string, std::string> fields;
};

struct ReadProblem {
    std::size_t record = 0;
    std::size_t line = 0;
    std::string code;
};

/// What became of a file.
struct ReadList {
    std::vector<std::string> header;
    std::vector<ReadRow> rows;
    std::vector<ReadProblem> problems;
    std::set<std::size_t> repeated; ///< rows whose recipient an earlier row has
    bool broken = false;
};

void read_row(templates::Recipients& list, const std::string& region, ReadList& read)
{
    const phone::AddressVerdict verdict = phone::recipient(list.to(), region);
    if (!verdict.address) {
        const char* const code = list.to().empty() ? "missing_phone" : "invalid_phone";
        read.problems.push_back({list.record(), list.line(), code});
        return;
    }
    ReadRow row{list.record(), list.line(), verdict.address->text, {}};
    for (std::size_t i = 0; i < list.columns().size(); ++i)
        row.fields.emplace(list.columns()[i], list.value(i));
    if (std::any_of(read.rows.begin(), read.rows.end(), [&](const ReadRow& earlier) {
            return earlier.phone == row.phone;
        }))
        read.repeated.insert(row.record);
    read.rows.push_back(std::move(row));
}

ReadList read_list(const std::filesystem::path& file, const json& expected)
{
    std::ifstream in(file, std::ios::binary);
    if (!in)
        throw std::runtime_error("cannot read " + file.string());
    const std::string region = expected.at("default_region");
    templates::Recipients list(
        in, {.file_name = file, .to_column = expected.at("phone_column"), .region = region});
    ReadList read;
    for (Step step = list.next(); step != Step::end; step = list.next()) {
        if (step == Step::row) {
            read_row(list, region, read);
            continue;
        }
        const templates::Problem& problem = list.problem();
        read.problems.push_back({problem.record, problem.line, problem.code});
        read.broken = step == Step::broken;
        if (read.broken)
            break;
    }
    read.header = list.columns();
    return read;
}

/// A number, or 0 where the vectors have null.
std::size_t position(const json& holder, const char* name)
{
    const json& value = holder.at(name);
    return value.is_null() ? 0 : value.get<std::size_t>();
}

std::string field_difference(const std::string& value, const json& expected)
{
    if (expected.is_string())
        return value == expected.get<std::string>() ? "" : "it is " + value;
    if (value.size() != expected.at("length").get<std::size_t>())
        return fmt::format("it has {} bytes", value.size());
    return crypto::hex(crypto::sha256(value)) == expected.at("sha256") ? "" : "another text";
}

std::string row_difference(const ReadRow& row, const json& expected)
{
    if (row.line != position(expected, "line"))
        return fmt::format("record {} starts on line {}", row.record, row.line);
    if (row.phone != expected.at("phone"))
        return fmt::format("record {} goes to {}", row.record, row.phone);
    const auto fields = expected.find("fields");
    if (fields == expected.end())
        return {};
    for (const auto& [name, value] : fields->items()) {
        const auto found = row.fields.find(name);
        const std::string wrong =
            found == row.fields.end() ? "missing" : field_difference(found->second, value);
        if (!wrong.empty())
            return fmt::format("record {}, {}: {}", row.record, name, wrong);
    }
    return {};
}

const ReadProblem* problem_of(const ReadList& read, std::size_t record)
{
    const auto found =
        std::find_if(read.problems.begin(), read.problems.end(), [&](const ReadProblem& problem) {
            return problem.record == record;
        });
    return found == read.problems.end() ? nullptr : &*found;
}

/// Rows of `expected` are read as they should be, or refused where the vector says `or_error`.
std::string rows_difference(const ReadList& read, const json& expected, std::set<std::size_t>& may)
{
    std::size_t found = 0;
    for (const json& wanted : expected.at("rows")) {
        const std::size_t record = position(wanted, "record");
        const auto row =
            std::find_if(read.rows.begin(), read.rows.end(), [&](const ReadRow& candidate) {
                return candidate.record == record;
            });
        if (row != read.rows.end()) {
            ++found;
            if (std::string wrong = row_difference(*row, wanted); !wrong.empty())
                return wrong;
            continue;
        }
        const ReadProblem* const problem = problem_of(read, record);
        if (problem == nullptr || !wanted.contains("or_error") ||
            wanted.at("or_error") != problem->code)
            return fmt::format("record {} was not read", record);
        may.insert(record);
    }
    // Rows before the place where a list turns out to be broken may have been handled.
    if (found == read.rows.size() || (expected.at("outcome") == "reject_file" && read.broken))
        return {};
    return fmt::format("{} rows are too many", read.rows.size());
}

std::string
problems_difference(const ReadList& read, const json& expected, const std::set<std::size_t>& may)
{
    std::size_t expected_count = may.size();
    for (const json& wanted : expected.at("errors")) {
        ++expected_count;
        const ReadProblem* const problem = problem_of(read, position(wanted, "record"));
        if (problem == nullptr)
            return fmt::format("no problem with record {}", wanted.at("record").dump());
        if (problem->line != position(wanted, "line") || problem->code != wanted.at("code"))
            return fmt::format("{} on line {}", problem->code, problem->line);
    }
    if (expected_count != read.problems.size())
        return fmt::format("{} problems", read.problems.size());
    return {};
}

/// Warnings are the caller's; the one it cannot see in a single row is a recipient who comes again.
std::string warnings_difference(const ReadList& read, const json& expected)
{
    std::set<std::size_t> repeated;
    if (expected.contains("warnings")) {
        for (const json& warning : expected.at("warnings")) {
            if (warning.at("code") != "duplicate_recipient")
                return "a warning that only an option could give";
            repeated.insert(position(warning, "record"));
        }
    }
    return repeated == read.repeated ? "" : "other recipients come again";
}

/// Empty when the list was read as `expected` says, else what is different.
std::string difference(const ReadList& read, const json& expected)
{
    std::set<std::size_t> may;
    if (expected.contains("header") && expected.at("header") != json(read.header))
        return "another header";
    const std::string outcome = expected.at("outcome");
    if (outcome == "reject_file" && !read.broken)
        return "the list was not refused";
    if (outcome == "ok" && (read.broken || !read.problems.empty()))
        return "problems: " + read.problems.front().code;
    if (std::string wrong = rows_difference(read, expected, may); !wrong.empty())
        return wrong;
    if (std::string wrong = problems_difference(read, expected, may); !wrong.empty())
        return wrong;
    return warnings_difference(read, expected);
}

/// What `not_accepted` says in words: true of every list.
void check_not_accepted(const ReadList& read)
{
    for (const std::string& name : read.header)
        CHECK(name.find("\xEF\xBB\xBF") == std::string::npos);
    for (const ReadRow& row : read.rows) {
        for (const auto& [name, value] : row.fields) {
            INFO(name << " of record " << row.record);
            CHECK(value.find('\r') == std::string::npos);
            CHECK(value.find("+14155550139") == std::string::npos); // the line after an open quote
            CHECK(value != "An");                                   // cut at a NUL
        }
        CHECK(row.phone != "+1155512345670"); // made of an exponent
        CHECK(row.phone != "+1555123456710");
    }
    CHECK(read.rows.size() + read.problems.size() > 0);
}

} // namespace

TEST_CASE("every published recipient file is read in a way that is right", "[vectors]")
{
    const std::filesystem::path folder = test::vectors_folder() / "csv";
    std::vector<std::filesystem::path> cases;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().string().ends_with(".expected.json"))
            cases.push_back(entry.path());
    }
    std::sort(cases.begin(), cases.end());
    for (const std::filesystem::path& path : cases) {
        const json expected = json::parse(test::read_file(path));
        const std::string file = expected.at("file");
        INFO(file << ": " << expected.at("what").get<std::string>());
        const ReadList read = read_list(folder / file, expected);
        std::string differences;
        bool is_right = false;
        for (const json& accepted : expected.at("accepted")) {
            const std::string wrong = difference(read, accepted);
            is_right = is_right || wrong.empty();
            differences += fmt::format("{}: {}\n", accepted.at("name").get<std::string>(), wrong);
        }
        INFO(differences);
        CHECK(is_right);
        check_not_accepted(read);
    }
    CHECK(!cases.empty());
}
