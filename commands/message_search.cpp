#include "commands/message_search.hpp"

#include "commands/message_columns.hpp"
#include "commands/message_filter.hpp"
#include "commands/session.hpp"
#include "commands/shared_options.hpp"
#include "output/progress.hpp"
#include "output/record.hpp"
#include "output/traffic_line.hpp"
#include "store/message_search.hpp"

#include <CLI/App.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <ostream>

namespace smsctl {

namespace {

struct SearchOptions {
    std::vector<std::string> words;
    MessageFilter filter;
};

void catch_up(store::MessageSearch& search, Session& session)
{
    const std::stop_token stop = session.stop_token();
    output::Progress progress(session.streams().err,
                              session.streams().err_is_terminal && !session.options().quiet,
                              session.clock());
    search.catch_up([&](std::int64_t done, std::int64_t total) {
        if (done < total && progress.is_due())
            progress.show(fmt::format(
                "taking up new messages: {} of {}", output::grouped(done), output::grouped(total)));
        return !stop.stop_requested();
    });
    progress.clear();
    session.throw_if_stopped("run it again; what was taken up is kept");
}

/// For people: a line a message, with what was found in another colour.
class Lines {
public:
    Lines(store::MessageSearch& search, const store::SearchText& text, Session& session)
        : m_search(search), m_text(text), m_session(session)
    {
    }

    void print(const sms::Message& message)
    {
        if (m_session.options().quiet)
            return;
        const bool coloured = m_session.colour();
        errno = 0;
        m_session.streams().out << output::found_line(
                                       message,
                                       coloured ? m_search.pieces(m_text, message)
                                                : std::vector<std::string>{message.body},
                                       coloured ? output::Colour::on : output::Colour::off)
                                << '\n'
                                << std::flush;
        if (!m_session.streams().out)
            throw output::BrokenPipe();
    }

private:
    store::MessageSearch& m_search;
    const store::SearchText& m_text;
    Session& m_session;
};

void run(const SearchOptions& options, Session& session)
{
    const store::SearchText text(fmt::format("{}", fmt::join(options.words, " ")));
    store::Scope scope = session.scope(Access::reading);
    store::MessageQuery query = query_of(options.filter, scope);
    query.limit = session.row_limit();
    const GlobalOptions& global = session.options();
    const bool as_lines = session.format(output::Shape::many) == output::Format::table &&
                          !global.fields && global.print_template.empty();
    auto printer = session.printer(output::Shape::many, "message", message_columns());
    store::MessageSearch search(scope);
    catch_up(search, session);
    Lines lines(search, text, session);
    std::size_t shown = 0;
    for (const std::int64_t row : search.find(text, query)) {
        const auto message = store::Messages(scope).by_row(row);
        if (!message) // deleted since
            continue;
        ++shown;
        if (as_lines)
            lines.print(*message);
        else
            printer.print(output::message_record(*message, scope.workspace().name));
    }
    printer.finish();
    session.note_empty(shown, "no message fits");
    if (query.limit > 0 && session.shows_notes())
        session.note_cut(shown, search.count(text, query));
}

} // namespace

void declare_message_search(CLI::App& noun, Session& session)
{
    CLI::App& verb = add_verb(noun, "search", "Messages by what they say, best match first");
    session.notes(verb) = {
        "smsctl message search on my way\n"
        "smsctl message search '\"on my way\"' --direction in --since 30d   # a phrase\n"
        "smsctl message search 'deliver* -spam' --with +14155550100\n"
        "smsctl message search 'refund OR money' --json",
        "All words must occur, in any order; \"a phrase\" as it stands; beg* finds what begins so; "
        "-word leaves out (write -- before a query that begins with it); OR is between "
        "alternatives. Case, punctuation marks and the accents of Latin letters do not matter.\n\n"
        "What was written since the last search is taken up first, so the first search of a large "
        "database takes a while. Redacted and removed messages are not found.",
        "message"};
    const auto options = std::make_shared<SearchOptions>();
    add_operand(verb, "QUERY", options->words, "What to look for")->required();
    declare_filter(verb, options->filter, session);
    on_run(verb, session, options, run);
}

} // namespace smsctl
