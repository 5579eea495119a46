// What people type into a search becomes an FTS5 expression in which every word is quoted, so that
// nothing they type is read as that language.
#include "core/error.hpp"
#include "core/text.hpp"
#include "store/message_search.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace smsctl::store {

namespace {

Error unreadable(const std::string& what)
{
    return usage_error("usage.search",
                       what,
                       "words, \"a phrase\", beg* for a beginning, -word for none of it, OR "
                       "between alternatives");
}

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Outside ASCII the index decides: an accent is not ours to judge.
bool can_be_found(std::string_view text)
{
    return std::ranges::any_of(text, [](char c) {
        return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') ||
               (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
}

struct Term {
    std::string text; ///< as FTS5 writes it
    bool is_excluded = false;
    bool is_or = false;
};

/// Reads one term after the other.
class Reader {
public:
    explicit Reader(std::string_view typed) : m_rest(typed) { skip_space(); }

    bool is_done() const { return m_rest.empty(); }

    Term next()
    {
        Term term;
        if (take('-'))
            term.is_excluded = true;
        const bool is_phrase = take('"');
        std::string_view text = is_phrase ? phrase() : word();
        const bool is_word = !is_phrase && !term.is_excluded;
        term.is_or = is_word && text == "OR";
        bool is_beginning = is_phrase && take('*');
        if (!is_phrase && text.ends_with('*')) {
            text.remove_suffix(1);
            is_beginning = true;
        }
        if (text.find('*') != std::string_view::npos)
            throw unreadable(fmt::format("in '{}' the * does not stand behind a beginning", text));
        if (!can_be_found(text))
            throw unreadable(fmt::format("'{}' holds no letter and no digit to search for", text));
        term.text = '"' + std::string(text) + '"' + (is_beginning ? " *" : "");
        skip_space();
        return term;
    }

private:
    bool take(char c)
    {
        if (m_rest.empty() || m_rest.front() != c)
            return false;
        m_rest.remove_prefix(1);
        return true;
    }

    void skip_space()
    {
        while (!m_rest.empty() && is_space(m_rest.front()))
            m_rest.remove_prefix(1);
    }

    std::string_view cut(std::size_t length)
    {
        const std::string_view text = m_rest.substr(0, length);
        m_rest.remove_prefix(text.size());
        return text;
    }

    std::string_view word()
    {
        const auto* const end =
            std::ranges::find_if(m_rest, [](char c) { return is_space(c) || c == '"'; });
        return cut(static_cast<std::size_t>(end - m_rest.begin()));
    }

    std::string_view phrase()
    {
        const std::size_t end = m_rest.find('"');
        if (end == std::string_view::npos)
            throw unreadable(fmt::format("the phrase \"{} has no second quotation mark", m_rest));
        const std::string_view text = cut(end);
        take('"');
        return text;
    }

    std::string_view m_rest;
};

/// One alternative: what must occur and what must not.
struct Alternative {
    std::vector<std::string> wanted;
    std::vector<std::string> excluded;

    std::string expression() const
    {
        if (wanted.empty())
            throw unreadable(excluded.empty() ? "OR stands between two words"
                                              : "what is not to occur goes beside what is");
        std::string text = fmt::format("({})", fmt::join(wanted, " AND "));
        for (const std::string& term : excluded)
            text = fmt::format("({} NOT {})", text, term);
        return text;
    }
};

} // namespace

SearchText::SearchText(std::string_view typed)
{
    if (!text::is_utf8(typed))
        throw unreadable("what is searched for is not UTF-8");
    std::vector<Alternative> alternatives(1);
    for (Reader reader(typed); !reader.is_done();) {
        Term term = reader.next();
        Alternative& current = alternatives.back();
        if (term.is_or)
            alternatives.emplace_back();
        else
            (term.is_excluded ? current.excluded : current.wanted).push_back(std::move(term.text));
    }
    if (alternatives.size() == 1 && alternatives[0].wanted.empty() &&
        alternatives[0].excluded.empty())
        throw unreadable("there is nothing to search for");
    for (const Alternative& alternative : alternatives)
        m_expression += (m_expression.empty() ? "" : " OR ") + alternative.expression();
}

} // namespace smsctl::store
