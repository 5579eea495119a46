#include "templates/csv_parser.hpp"

#include <cstddef>
#include <csv.h>
#include <new>

namespace smsctl::templates {

namespace {

constexpr std::size_t buffer_step = 4096; ///< what libcsv adds to its buffer when a field is longer

struct Sink {
    Values& values;
    bool complete = false;
};

void take_field(void* bytes, std::size_t size, void* sink)
{
    static_cast<Sink*>(sink)->values.append({static_cast<const char*>(bytes), size});
}

void take_record(int, void* sink)
{
    static_cast<Sink*>(sink)->complete = true;
}

} // namespace

struct CsvParser::Impl {
    explicit Impl(char delimiter_given) : delimiter(delimiter_given) { start(); }
    ~Impl() { csv_free(&parser); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void start()
    {
        if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
            throw std::bad_alloc();
        csv_set_delim(&parser, static_cast<unsigned char>(delimiter));
        csv_set_blk_size(&parser, buffer_step);
    }
    void restart()
    {
        csv_free(&parser);
        start();
    }

    csv_parser parser{};
    char delimiter;
    std::size_t taken = 0;
};

CsvParser::CsvParser(char delimiter) : m_impl(std::make_unique<Impl>(delimiter)) {}
CsvParser::~CsvParser() = default;
CsvParser::CsvParser(CsvParser&&) noexcept = default;
CsvParser& CsvParser::operator=(CsvParser&&) noexcept = default;

Parsed CsvParser::feed(std::string_view piece, Values& values)
{
    csv_parser& parser = m_impl->parser;
    Sink sink{values};
    m_impl->taken = csv_parse(&parser, piece.data(), piece.size(), take_field, take_record, &sink);
    if (m_impl->taken == piece.size())
        return sink.complete ? Parsed::record : Parsed::part;
    if (csv_error(&parser) != CSV_EPARSE)
        throw std::bad_alloc();
    const bool in_quoted_field = parser.quoted != 0;
    m_impl->restart();
    return in_quoted_field ? Parsed::bad_quoted_field : Parsed::stray_quote;
}

std::size_t CsvParser::taken() const
{
    return m_impl->taken;
}

Parsed CsvParser::finish(Values& values)
{
    Sink sink{values};
    if (csv_fini(&m_impl->parser, take_field, take_record, &sink) == 0)
        return sink.complete ? Parsed::record : Parsed::part;
    m_impl->restart();
    return Parsed::open_quote;
}

} // namespace smsctl::templates
