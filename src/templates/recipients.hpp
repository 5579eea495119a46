#pragma once

#include "templates/columns.hpp"
#include "templates/record.hpp"

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::templates {

/// What a list is written in; found out from its first line unless it is said.
enum class Input { automatic, csv, tsv, jsonl };

struct RecipientsOptions {
    Input input = Input::automatic;
    std::string file_name{}; ///< its ending is a hint: .tsv .jsonl .ndjson; may be empty
    std::string to_column{}; ///< what the recipients' column is called; empty: "to"
    std::string region{};    ///< where national numbers are at home: a header with a number is none
};

/// A list of recipients, read row by row in bounded memory, never whole.
///
/// CSV (RFC 4180, strictly; the delimiter is , ; or a tab), tab-separated values or JSON Lines; in
/// UTF-8, or in UTF-16 with a byte order mark. `Input::csv` allows , and ; as Excel writes either.
/// Numbers are not checked here: a row's recipient is text.
///
///     while (true) {
///         const Step step = list.next();
///         if (step == Step::row) use(list); else if (step == Step::end) break;
///         else { report(list.problem()); if (step == Step::broken) break; }
///     }
class Recipients {
public:
    /// `in` is read in binary, from where it is, and must outlive this.
    Recipients(std::istream& in, RecipientsOptions options);
    ~Recipients();
    Recipients(Recipients&&) noexcept;

    /// Reads the header, so that the columns are known. False when the list cannot be used:
    /// `problem` has the reason. `next` does the same when nobody did.
    bool open();
    /// The next record. A list without any ends with the problem `no_recipients`. Throws
    /// `system.read` (1) when the stream fails.
    Step next();
    /// What was wrong, after `bad_row`, `broken`, or `open` was false.
    const Problem& problem() const;

    /// Names as in the header, without blanks around them; of JSON Lines the keys seen so far.
    const std::vector<std::string>& columns() const;
    /// Where a name's values are, compared exactly (ignoring ASCII case for the known ones).
    /// Nothing when a CSV has no such column; JSON Lines may always have it later. After `open`.
    std::optional<std::size_t> column(const std::string& name);
    std::optional<std::size_t> column(Known known);
    bool is_json() const;

    /// Of the record that was read last; texts live until the next call. `record` counts from 1, a
    /// CSV's header included; `line` is where it starts.
    std::size_t record() const;
    std::size_t line() const;
    /// Empty for a column without a value.
    std::string_view value(std::size_t column) const;
    std::string_view to() const;
    /// The record, and the header ("" with JSON Lines), as they stand in the list, without the
    /// line end: what a file of rejected rows is made of.
    std::string_view raw() const;
    std::string raw_header() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace smsctl::templates
