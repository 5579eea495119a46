#pragma once

#include "core/clock.hpp"
#include "store/scope.hpp"
#include "updates/difference.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::updates {

/// A page of what the provider lists, newest first.
struct HistoryPage {
    std::size_t count = 0;
    std::optional<Instant> newest; ///< time of its first entry, as the list is ordered
    std::optional<Instant> oldest; ///< and of its last
    std::string next;              ///< asks for the page after it; empty: it is the last
};

/// A list of the provider's that a sync reads page by page: messages, or calls.
class History {
public:
    virtual ~History() = default;

    /// "messages", "calls": also the name of its cursor.
    virtual std::string_view name() const = 0;
    /// Asks the provider for a page (`page` empty: the first) and for whatever its entries need. No
    /// transaction is open meanwhile. Throws what the provider's reads throw.
    virtual HistoryPage read(std::string_view page) = 0;
    /// Enters what `read` brought and is not older than `from`, in the caller's transaction.
    virtual std::vector<Difference> enter(Instant from) = 0;
    /// Of the entries that `enter` left alone because somebody else must settle them first, when
    /// the oldest was made.
    virtual std::optional<Instant> left_since() const = 0;
    /// When the oldest stored one was made of which more is to be expected: a price, an end.
    virtual std::optional<Instant> unsettled_since() = 0;
};

struct HistoryOptions {
    std::optional<Instant> since; ///< read back to here, whatever was read before
    bool full = false;            ///< read all of it, whatever was read before
    bool dry_run = false;         ///< ask and compare, and keep nothing
};

/// How far a sync has come.
struct HistoryTally {
    std::size_t pages = 0;
    std::size_t listed = 0;
    std::size_t added = 0;
    std::size_t changed = 0;
    bool stopped = false; ///< by a signal, before all was read
};

/// Makes the database hold what a list of the provider's shows. The first time it reads all of it,
/// then what came since, from a stored cursor; a page is one transaction, with the place that was
/// reached. Killed at any moment and run again, it goes on there, and the result is the same.
class HistorySync {
public:
    using OnDifference = std::function<void(const Difference&)>;
    using OnPage = std::function<void(const HistoryTally&)>;

    HistorySync(store::Scope& scope, History& history, HistoryOptions options);

    /// `on_difference` is called after the commit that holds it, `on_page` after each page.
    HistoryTally
    run(const OnDifference& on_difference, const OnPage& on_page, const std::stop_token& stop);

private:
    /// A reading that was begun and not ended: kept with each page.
    struct Walk {
        Instant from;                ///< back to where
        std::optional<Instant> top;  ///< time of the newest entry when it began
        std::optional<Instant> left; ///< when the oldest was made that was left alone
        std::string next;            ///< the page to read
    };

    std::optional<Walk> broken_off();
    Instant start();
    /// Goes on with a walk that was broken off; false when its page is gone.
    bool resume(Walk walk);
    bool reaches(const HistoryPage& page, Instant from) const;
    /// Reads one page and enters it together with where the walk is.
    HistoryPage step(Walk& walk, bool is_kept);
    /// Reads from the first page back to `walk.from`; false when it was stopped.
    bool read_back(Walk& walk, bool is_kept);
    bool read_on(Walk& walk, bool is_kept, HistoryPage page);
    void keep(const Walk& walk);
    void finish(const Walk& walk);

    store::Scope& m_scope;
    History& m_history;
    HistoryOptions m_options;
    std::string m_cursor;      ///< what lies before it was read
    std::string m_walk_cursor; ///< a walk that was broken off
    const OnDifference* m_on_difference = nullptr;
    const OnPage* m_on_page = nullptr;
    std::stop_token m_stop;
    HistoryTally m_tally;
};

} // namespace smsctl::updates
