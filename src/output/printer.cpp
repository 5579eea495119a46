#include "output/printer.hpp"

#include "output/cells.hpp"
#include "output/print_template.hpp"
#include "output/table.hpp"
#include "output/terminal_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ostream>
#include <utility>

namespace smsctl::output {

std::optional<Format> parse_format(std::string_view word)
{
    if (word == "table")
        return Format::table;
    if (word == "json")
        return Format::json;
    if (word == "jsonl")
        return Format::jsonl;
    if (word == "csv")
        return Format::csv;
    if (word == "tsv")
        return Format::tsv;
    return std::nullopt;
}

namespace {

std::string head_for(std::string_view field)
{
    std::string head(field);
    for (char& c : head) {
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
        else if (c == '_' || c == '.')
            c = ' ';
    }
    return head;
}

} // namespace

struct Printer::Impl {
    Impl(std::ostream& stream,
         PrinterOptions chosen,
         Shape records_shape,
         std::string_view records_object,
         std::vector<Column> table_columns)
        : out(stream),
          options(std::move(chosen)),
          shape(records_shape),
          object(records_object),
          columns(std::move(table_columns))
    {
    }

    std::ostream& out;
    PrinterOptions options;
    Shape shape;
    std::string object;
    std::vector<Column> columns;
    std::vector<std::string> all_fields;
    std::optional<PrintTemplate> print_template;
    std::optional<Table> table;
    std::size_t count = 0;
    bool header_written = false;

    void write(std::string_view text);
    void print_json(const Record& record);
    void print_cells(const Record& record);
    void print_table(const Record& record);
    void write_header();
    std::vector<std::string> cell_fields() const;
    Record chosen(const Record& record) const;
    bool is_own(const Record& record) const;
    void open_table();
};

void Printer::Impl::write(std::string_view text)
{
    if (text.empty())
        return;
    errno = 0;
    out << text << std::flush;
    if (out)
        return;
    const int reason = errno;
    if (reason == EPIPE)
        throw BrokenPipe();
    throw Error(Exit::failed,
                "failed.output",
                fmt::format("cannot write to stdout: {}",
                            reason == 0 ? "the stream is closed" : std::strerror(reason)));
}

bool Printer::Impl::is_own(const Record& record) const
{
    const auto found = record.find("object");
    return found == record.end() || *found == object;
}

Record Printer::Impl::chosen(const Record& record) const
{
    if (options.fields.empty())
        return record;
    Record kept = Record::object();
    for (const std::string& field : options.fields) {
        if (is_own(record) || !value_at(record, field).is_null())
            kept[field] = value_at(record, field);
    }
    return kept;
}

void Printer::Impl::print_json(const Record& record)
{
    const Record kept = chosen(record);
    if (kept.empty())
        return;
    const bool pretty = options.terminal && shape == Shape::one && options.format == Format::json;
    std::string text = kept.dump(pretty ? 2 : -1, ' ', false, Record::error_handler_t::replace);
    if (options.terminal)
        text = visible_json(text);
    if (options.format == Format::jsonl || shape == Shape::one)
        write(text + '\n');
    else
        write((header_written ? ",\n" : "[") + text);
    header_written = true;
}

std::vector<std::string> Printer::Impl::cell_fields() const
{
    return options.fields.empty() ? all_fields : options.fields;
}

void Printer::Impl::write_header()
{
    if (std::exchange(header_written, true))
        return;
    std::string line;
    const bool csv = options.format == Format::csv;
    for (const std::string& field : cell_fields())
        line += (line.empty() ? "" : csv ? "," : "\t") + (csv ? csv_cell(field) : tsv_cell(field));
    write(line + (csv ? "\r\n" : "\n"));
}

void Printer::Impl::print_cells(const Record& record)
{
    if (!is_own(record))
        return;
    write_header();
    std::string line;
    const bool csv = options.format == Format::csv;
    bool first = true;
    for (const std::string& field : cell_fields()) {
        std::string cell = cell_text(value_at(record, field));
        if (options.terminal)
            cell = visible(cell);
        if (!std::exchange(first, false))
            line += csv ? ',' : '\t';
        line += csv ? csv_cell(cell) : tsv_cell(cell);
    }
    write(line + (csv ? "\r\n" : "\n"));
}

void Printer::Impl::open_table()
{
    std::vector<std::string> names;
    std::vector<std::string> heads;
    if (options.fields.empty()) {
        for (const Column& column : columns) {
            names.emplace_back(column.field);
            heads.emplace_back(column.head);
        }
    }
    for (const std::string& field : options.fields) {
        names.push_back(field);
        heads.push_back(head_for(field));
    }
    table.emplace(std::move(names), std::move(heads), options);
    if (shape == Shape::stream)
        table->print_at_once();
}

void Printer::Impl::print_table(const Record& record)
{
    if (shape != Shape::one && is_own(record)) {
        if (!table)
            open_table();
        write(table->add(record));
        return;
    }
    if (table)
        write(table->finish());
    std::vector<std::string> names = options.fields;
    if (names.empty()) {
        for (const auto& [name, value] : record.items())
            names.push_back(name);
        std::erase(names, "object");
    }
    write(field_lines(record, names, options));
}

Printer::Printer(std::ostream& out,
                 PrinterOptions options,
                 Shape shape,
                 std::string_view object,
                 std::vector<Column> columns)
    : m_impl(std::make_unique<Impl>(out, std::move(options), shape, object, std::move(columns)))
{
    Impl& impl = *m_impl;
    impl.all_fields = fields(object);
    const bool has_schema = !impl.all_fields.empty();
    if (!has_schema) {
        for (const Column& column : impl.columns)
            impl.all_fields.emplace_back(column.field);
    }
    if (!impl.options.print_template.empty())
        impl.print_template.emplace(impl.options.print_template);
    std::vector<std::string> named = impl.options.fields;
    if (impl.print_template) {
        for (std::string& field : impl.print_template->fields())
            named.push_back(std::move(field));
    }
    for (const std::string& field : named) {
        if (has_schema)
            check_field(object, field);
        else if (std::find(impl.all_fields.begin(), impl.all_fields.end(), field) ==
                 impl.all_fields.end())
            throw usage_error("usage.fields", fmt::format("no field '{}' here", field));
    }
}

Printer::~Printer() = default;
Printer::Printer(Printer&&) noexcept = default;

void Printer::print(const Record& record)
{
    Impl& impl = *m_impl;
    ++impl.count;
    if (impl.options.muted)
        return;
    if (impl.print_template) {
        if (impl.is_own(record))
            impl.write(impl.print_template->render(record, impl.options.terminal) + '\n');
        return;
    }
    switch (impl.options.format) {
    case Format::json:
    case Format::jsonl:
        impl.print_json(record);
        break;
    case Format::csv:
    case Format::tsv:
        impl.print_cells(record);
        break;
    case Format::table:
        impl.print_table(record);
        break;
    }
}

void Printer::finish()
{
    Impl& impl = *m_impl;
    if (impl.print_template || impl.options.muted)
        return;
    switch (impl.options.format) {
    case Format::json:
        if (impl.shape != Shape::one)
            impl.write(impl.header_written ? "]\n" : "[]\n");
        break;
    case Format::jsonl:
        break;
    case Format::csv:
    case Format::tsv:
        impl.write_header();
        break;
    case Format::table:
        if (impl.table)
            impl.write(impl.table->finish());
        break;
    }
}

bool Printer::is_muted() const
{
    return m_impl->options.muted;
}

std::size_t Printer::count() const
{
    return m_impl->count;
}

} // namespace smsctl::output
