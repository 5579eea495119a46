#pragma once

#include "templates/record.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace smsctl::templates {

/// What a piece of text was to the record that is being read.
enum class Parsed {
    part,             ///< it is not complete
    record,           ///< it is, and `values` holds it
    stray_quote,      ///< a quote inside a field that is not quoted; its line end ends the record
    bad_quoted_field, ///< text after a closing quote: where the record ends cannot be known
    open_quote,       ///< the text ended inside a quoted field
};

/// RFC 4180, strictly, by libcsv. Blanks around fields without quotes are dropped.
class CsvParser {
public:
    explicit CsvParser(char delimiter);
    ~CsvParser();
    CsvParser(CsvParser&&) noexcept;
    CsvParser& operator=(CsvParser&&) noexcept;

    /// Reads on with `piece`, which may hold the end of one record, at its end. Fields are appended
    /// to `values`. After a quote that may not be, the parser is as new.
    Parsed feed(std::string_view piece, Values& values);
    /// How much of the piece that `feed` got last it read, before a quote that may not be.
    std::size_t taken() const;
    /// The end of the text; a record without a line end is complete now.
    Parsed finish(Values& values);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace smsctl::templates
