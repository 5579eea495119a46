#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::templates {

/// What is wrong with one record of a list, or with the list.
struct Problem {
    std::size_t record = 0; ///< 0: it is about the whole list
    std::size_t line = 0;   ///< on which the record starts; 0 with the whole list
    std::string code;       ///< one word, stable: "too_few_fields"
    std::string message;    ///< one sentence without a full stop
    std::string hint;       ///< what to do about it; may be empty

    /// "record 3 (line 5): …", or just the message.
    std::string text() const;
};

/// What reading on gave.
enum class Step {
    row,     ///< a record to use
    bad_row, ///< a record with a problem; the next one can be read
    broken,  ///< a problem that ends the list
    end,     ///< nothing comes any more
};

/// Longer records end the list, so that a quote that is never closed does not fill the memory.
constexpr std::size_t longest_record = std::size_t{1024} * 1024;
constexpr std::size_t most_columns = 4096;

/// The values of one record in one text, so that reading the next allocates nothing.
class Values {
public:
    void clear();
    /// The value of the next column.
    void append(std::string_view value);
    /// The value of a column anywhere.
    void put(std::size_t column, std::string_view value);
    std::size_t size() const { return m_spans.size(); }
    bool has(std::size_t column) const;
    /// Empty for a column without a value.
    std::string_view at(std::size_t column) const;

private:
    struct Span {
        std::uint32_t begin = none;
        std::uint32_t size = 0;
        static constexpr std::uint32_t none = UINT32_MAX;
    };
    std::string m_text;
    std::vector<Span> m_spans;
};

/// One record as it was read.
struct Record {
    std::size_t number = 0; ///< counted from 1, a header included, blank lines not
    std::size_t line = 0;   ///< on which it starts, counted from 1
    std::string raw;        ///< as it stands in the list, without its line end
    Values values;

    /// Takes the line end off `raw` and looks for what no text may hold: `nul_byte`,
    /// `invalid_encoding`.
    std::optional<Problem> check();
    Problem problem(std::string code, std::string message, std::string hint = {}) const;
    Problem too_long() const;
};

/// A problem of the whole list.
Problem list_problem(std::string code, std::string message, std::string hint = {});

} // namespace smsctl::templates
