#include "templates/recipients.hpp"

#include "core/text.hpp"
#include "templates/csv_records.hpp"
#include "templates/json_records.hpp"
#include "templates/text_lines.hpp"

#include <utility>

namespace smsctl::templates {

namespace {

Input input_of_name(std::string_view file_name)
{
    const std::string name = text::lower(file_name);
    if (name.ends_with(".jsonl") || name.ends_with(".ndjson"))
        return Input::jsonl;
    return name.ends_with(".tsv") ? Input::tsv : Input::automatic;
}

std::string_view delimiters(Input input)
{
    switch (input) {
    case Input::tsv:
        return "\t";
    case Input::csv:
        return ",;";
    default:
        return ",;\t";
    }
}

/// JSON Lines begin with a brace, which no sane header does. A list of objects is read as lines,
/// too: that says best how to make lines of it.
bool begins_json(TextLines& lines)
{
    const std::string_view start = text::trim(lines.peek());
    return start.starts_with('{') ||
           (start.starts_with('[') && text::trim(start.substr(1)).starts_with('{'));
}

} // namespace

struct Recipients::Impl {
    Impl(std::istream& in, RecipientsOptions options_given)
        : options(std::move(options_given)), lines(in), columns(options.to_column)
    {
    }

    /// The problem of a list that cannot be used.
    std::optional<Problem> open()
    {
        Input input = options.input;
        if (input == Input::automatic)
            input = input_of_name(options.file_name);
        if (input == Input::automatic && begins_json(lines))
            input = Input::jsonl;
        if (input == Input::jsonl) {
            json.emplace(lines, columns);
            return std::nullopt;
        }
        csv.emplace(lines, columns, delimiters(input));
        return csv->open(options.region);
    }

    Step next()
    {
        const Step step = csv ? csv->next(record, problem) : json->next(record, problem);
        if (step == Step::end && record.number == 0) {
            problem = list_problem("no_recipients", "the list has no recipients");
            return Step::broken;
        }
        to = columns.find(Known::to);
        return step;
    }

    RecipientsOptions options;
    TextLines lines;
    Columns columns;
    std::optional<CsvRecords> csv;
    std::optional<JsonRecords> json;
    Record record;
    Problem problem;
    std::optional<std::size_t> to;
    bool is_open = false;
    bool has_ended = false;
    Step ended = Step::end;
};

Recipients::Recipients(std::istream& in, RecipientsOptions options)
    : m_impl(std::make_unique<Impl>(in, std::move(options)))
{
}

Recipients::~Recipients() = default;
Recipients::Recipients(Recipients&&) noexcept = default;

bool Recipients::open()
{
    if (m_impl->is_open)
        return !m_impl->has_ended || m_impl->ended != Step::broken;
    m_impl->is_open = true;
    if (auto problem = m_impl->open()) {
        m_impl->problem = *std::move(problem);
        m_impl->has_ended = true;
        m_impl->ended = Step::broken;
    }
    return !m_impl->has_ended;
}

Step Recipients::next()
{
    open();
    if (m_impl->has_ended)
        return m_impl->ended;
    const Step step = m_impl->next();
    m_impl->has_ended = step == Step::broken || step == Step::end;
    m_impl->ended = step;
    return step;
}

const Problem& Recipients::problem() const
{
    return m_impl->problem;
}

const std::vector<std::string>& Recipients::columns() const
{
    return m_impl->columns.names();
}

std::optional<std::size_t> Recipients::column(const std::string& name)
{
    auto column = m_impl->columns.find(name);
    if (!column && is_json() && m_impl->columns.add(name))
        column = m_impl->columns.find(name);
    return column;
}

std::optional<std::size_t> Recipients::column(Known known)
{
    const auto column = m_impl->columns.find(known);
    return column || !is_json() ? column : this->column(m_impl->columns.name(known));
}

bool Recipients::is_json() const
{
    return m_impl->json.has_value();
}

std::size_t Recipients::record() const
{
    return m_impl->record.number;
}

std::size_t Recipients::line() const
{
    return m_impl->record.line;
}

std::string_view Recipients::value(std::size_t column) const
{
    return m_impl->record.values.at(column);
}

std::string_view Recipients::to() const
{
    return m_impl->to ? value(*m_impl->to) : std::string_view();
}

std::string_view Recipients::raw() const
{
    return m_impl->record.raw;
}

std::string Recipients::raw_header() const
{
    return m_impl->csv ? m_impl->csv->header() : std::string();
}

} // namespace smsctl::templates
