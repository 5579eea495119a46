#pragma once

#include "core/clock.hpp"
#include "store/scope.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::store {

/// What a workspace answers certain texts with.
struct ReplyRule {
    std::int64_t row = 0;
    std::string id;                    ///< "rpl_…"
    std::vector<std::string> keywords; ///< as `sms::fold_keyword` writes them; none: any text
    std::int64_t template_row = 0;     ///< 0: a text of its own
    std::string template_name;         ///< filled in when read
    std::string text;                  ///< its own, or the template's as that is now
    Instant created_at;
};

/// The rules of a workspace. A keyword is one rule's at most.
class ReplyRules {
public:
    explicit ReplyRules(Scope& scope) : m_scope(scope) {}

    /// Fills in row; its keywords must be free. Inside a transaction.
    void insert(ReplyRule& rule);
    void remove(const ReplyRule& rule); ///< throws not_found (3)
    /// In the order they were added; 0: all.
    std::vector<ReplyRule> list(int limit);
    std::int64_t count();
    /// The rule that has a folded keyword; empty: the one for any text.
    std::optional<ReplyRule> of_keyword(std::string_view keyword);
    std::optional<ReplyRule> of_template(std::int64_t template_row);
    /// By "rpl_…" id, a prefix of it, or a folded keyword. Throws not_found (3) or
    /// `usage.ambiguous`.
    ReplyRule resolve(std::string_view reference, std::string_view keyword);

private:
    std::vector<ReplyRule> read(Statement statement);

    Scope& m_scope;
};

} // namespace smsctl::store
