#pragma once

#include "store/messages.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// A question to `MessageSearch`, read and checked.
///
/// Words, "phrases" and beginnings (`deliv*`) that must all occur; `-word` must not; `OR` between
/// alternatives. Case and accents do not matter, nor do punctuation marks.
class SearchText {
public:
    /// Throws `usage.search` saying what does not fit.
    explicit SearchText(std::string_view typed);
    /// As the engine's full-text index wants it.
    const std::string& expression() const { return m_expression; }

private:
    std::string m_expression;
};

/// Full-text search in the messages of a workspace. This is the seam for what engines do
/// differently: here SQLite's FTS5.
///
/// Nothing is indexed when a message is written: `catch_up` does that later, in pieces.
class MessageSearch {
public:
    explicit MessageSearch(Scope& scope) : m_scope(scope) {}

    /// Indexes what was written since the last time, each piece in a transaction of its own.
    /// `go_on` is asked after each with the share of it that is done; false ends it early.
    void catch_up(const std::function<bool(std::int64_t done, std::int64_t total)>& go_on);
    /// Rows of the messages that fit both, best first, then newest; at most `query.limit`.
    std::vector<std::int64_t> find(const SearchText& text, const MessageQuery& query);
    std::int64_t count(const SearchText& text, const MessageQuery& query);
    /// The text of a message cut where matches begin and end: the 2nd, 4th … piece is one.
    std::vector<std::string> pieces(const SearchText& text, const sms::Message& message);

    /// Takes the words of messages out, as far as they are in: inside the transaction that empties
    /// or deletes them, before it does. `from` and `to` are rows, both included; `batch_row` 0: in
    /// any batch or none. False when none of them was in.
    bool forget(std::int64_t from, std::int64_t to, std::int64_t batch_row = 0);
    /// Rows that are given out again must not count as indexed: inside the transaction that deleted
    /// messages, after it did.
    void after_deletion();
    /// Rewrites the index without what was taken out, in pieces: deleted words leave the file too.
    void purge();
    /// Forgets all messages of all workspaces, to be indexed again when searched next. Inside the
    /// transaction that deletes a workspace.
    static void forget_all(Database& database);

private:
    /// The last row that is indexed.
    std::int64_t reached();

    Scope& m_scope;
};

} // namespace smsctl::store
