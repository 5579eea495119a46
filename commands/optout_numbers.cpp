#include "commands/optout_numbers.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "delivery/checks.hpp"
#include "phone/e164.hpp"
#include "store/lookup.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <istream>

namespace smsctl {

namespace {

/// A line of stdin that cannot be taken.
struct BadLine {
    int line = 0;
    std::string problem;
};

/// A line as one number with its reason; what is wrong with it otherwise.
std::string read_line(std::string_view line, const std::string& region, NamedNumber& number)
{
    if (!text::is_utf8(line))
        return "is not UTF-8";
    const std::size_t comma = line.find(',');
    const std::string_view address = text::trim(line.substr(0, comma));
    const phone::AddressVerdict verdict = phone::recipient(address, region);
    if (!verdict.address)
        return fmt::format("'{}' {}", address, verdict.reason);
    number.address = verdict.address->text;
    if (comma != std::string_view::npos)
        number.reason = text::trim(line.substr(comma + 1));
    if (number.reason.starts_with('"'))
        return "has a quoted reason: give NUMBER,REASON without quotes";
    return {};
}

[[noreturn]] void refuse(const std::vector<BadLine>& bad)
{
    constexpr std::size_t shown = 10;
    std::vector<int> others;
    for (std::size_t at = 1; at < bad.size() && others.size() < shown; ++at)
        others.push_back(bad[at].line);
    std::string message = fmt::format("stdin line {} {}", bad.front().line, bad.front().problem);
    if (!others.empty())
        message += fmt::format("; so are {} other lines: {}{}",
                               bad.size() - 1,
                               fmt::join(others, ", "),
                               bad.size() - 1 > shown ? ", …" : "");
    throw usage_error("usage.number", message, "nothing was done; mend the list and run it again");
}

void read_lines(std::istream& in, const std::string& region, std::vector<NamedNumber>& numbers)
{
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    std::vector<BadLine> bad;
    std::string line;
    for (int count = 1; std::getline(in, line); ++count) {
        std::string_view rest = line;
        if (count == 1 && rest.starts_with(byte_order_mark))
            rest.remove_prefix(byte_order_mark.size());
        rest = text::trim(rest);
        if (rest.empty() || rest.front() == '#')
            continue;
        NamedNumber number;
        if (std::string problem = read_line(rest, region, number); !problem.empty())
            bad.push_back({count, std::move(problem)});
        else
            numbers.push_back(std::move(number));
    }
    if (in.bad())
        throw usage_error("usage.stdin", "stdin cannot be read");
    if (!bad.empty())
        refuse(bad);
}

} // namespace

std::vector<NamedNumber>
named_numbers(const std::vector<std::string>& operands, store::Scope& scope, Session& session)
{
    if (std::count(operands.begin(), operands.end(), "-") > 1)
        throw usage_error("usage.stdin", "stdin can be read only once", "give - once");
    std::vector<NamedNumber> numbers;
    for (const std::string& operand : operands) {
        if (operand == "-")
            read_lines(session.streams().in, scope.workspace().region(), numbers);
        else
            numbers.push_back({store::find_address(scope, operand), {}});
    }
    return numbers;
}

std::optional<std::string> named_sender(const std::optional<std::string>& typed,
                                        store::Scope& scope)
{
    if (!typed || delivery::is_messaging_service(*typed))
        return typed;
    if (typed->starts_with("num_"))
        return store::find_number(scope, *typed).address;
    const phone::AddressVerdict verdict = phone::sender(*typed, scope.workspace().region());
    if (!verdict.address)
        throw usage_error("usage.sender",
                          fmt::format("sender '{}' {}", *typed, verdict.reason),
                          "smsctl number list shows what you can send from");
    return verdict.address->text;
}

output::Shape shape_of(const std::vector<std::string>& operands)
{
    return operands.size() == 1 && operands.front() != "-" ? output::Shape::one
                                                           : output::Shape::many;
}

std::vector<output::Column> opt_out_columns()
{
    return {{"created_at", "SINCE"},
            {"number", "NUMBER"},
            {"from", "FROM"},
            {"reason", "REASON"},
            {"source", "BY"},
            {"id", "ID"}};
}

} // namespace smsctl
