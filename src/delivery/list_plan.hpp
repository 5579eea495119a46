#pragma once

#include "core/clock.hpp"
#include "delivery/enqueue.hpp"
#include "sms/batch.hpp"
#include "sms/number.hpp"
#include "store/scope.hpp"
#include "store/staging.hpp"
#include "templates/recipients.hpp"
#include "templates/template.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::delivery {

/// How a list is to be sent.
struct ListOptions {
    std::string name;                        ///< the batch's; empty: none
    std::string source;                      ///< the file's name, "-" for stdin
    std::optional<templates::Template> text; ///< nothing: the column `body` has it
    std::vector<std::string> senders;        ///< as typed; empty: the workspace's
    std::optional<Instant> scheduled_at;     ///< nothing: at once
    sms::OnBlock on_block = sms::OnBlock::skip;
    std::string via{sms::via_messages};
};

/// Where the reading of a list ended.
enum class ListEnd {
    whole,   ///< after its last record
    broken,  ///< at a problem that ends it: nothing of it is to be used
    stopped, ///< by the stop token
};

/// The first half of `bulk`: reads a list, checks every row, judges all, and commits them whole as
/// a batch, or not at all. Memory stays the same whatever the length of the list.
class ListPlan {
public:
    ListPlan(store::Scope& scope, const Clock& clock, ListOptions options);

    /// What is wrong with a record; `list` still has it. Rows told here are left out.
    using OnProblem =
        std::function<void(const templates::Problem& problem, const templates::Recipients& list)>;
    /// Called with the number of rows read so far, now and then.
    using OnProgress = std::function<void(std::int64_t rows)>;

    /// Reads the whole list and stages what is right in it. Throws usage errors about columns that
    /// are not there.
    ListEnd read(templates::Recipients& list,
                 const OnProblem& on_problem,
                 const OnProgress& on_progress,
                 const std::stop_token& stop);
    /// Chooses senders and judges opt-outs, duplicates, keys and quiet hours. Throws
    /// `usage.key_reused` and, with OnBlock::fail, `blocked.*` (11) for the first refused row of a
    /// list that was not planned before.
    void judge();

    const store::StagedTotals& totals() const { return m_totals; }
    std::optional<std::int64_t> estimated_price_micros() const;
    /// The batch as it will be: no id yet.
    const sms::Batch& batch() const { return m_batch; }
    /// Every row with its verdict, in order, until `take` says false.
    void each(const std::function<bool(const store::StagedRow&)>& take) { m_staging.each(take); }

    /// The batch that this very list became before. Throws `usage.batch_changed` (2), saying what
    /// differs, when another list had the name, `usage.batch_canceled`, or `pending.elsewhere` (8)
    /// while another process plans it.
    std::optional<sms::Batch> planned_before();
    /// Throws `usage.past` (2) when a list that was not planned before is to leave in the past.
    void check_time() const;
    /// Writes everything; what processes that died planned in part is taken away first. Nothing
    /// when `stop` came first: then nothing is left. Throws `pending.elsewhere` (8) when another
    /// process planned the same list meanwhile.
    std::optional<sms::Batch> commit(const OnProgress& on_progress, const std::stop_token& stop);

private:
    struct Columns;

    Columns columns_of(templates::Recipients& list) const;
    std::optional<templates::Problem> stage(templates::Recipients& list, const Columns& columns);
    std::optional<templates::Problem>
    take_text(const templates::Recipients& list, const Columns& columns, Draft& draft);
    std::optional<templates::Problem> check_way(const templates::Recipients& list,
                                                const sms::Message& message) const;
    std::optional<templates::Problem> take_options(const templates::Recipients& list,
                                                   const Columns& columns);
    void choose_senders();
    void identify();
    void judge_quiet_hours();
    void fail_if_blocked();
    bool write_pieces(const OnProgress& on_progress, const std::stop_token& stop);
    void discard_abandoned();
    void discard(const sms::Batch& batch);

    store::Scope& m_scope;
    const Clock& m_clock;
    ListOptions m_options;
    store::Staging m_staging;
    store::StagedRow m_row;
    std::string m_text;
    std::vector<std::string_view> m_values;
    std::vector<sms::Number> m_numbers;
    std::map<std::string, std::string, std::less<>> m_owned; ///< senders by spelling
    bool m_has_quiet_hours;
    store::StagedTotals m_totals;
    sms::Batch m_batch;
};

/// Logs what was done to a batch and gives it the event's seq; the caller stores it.
void log_batch(store::Scope& scope, const Clock& clock, sms::Batch& batch, std::string_view what);

} // namespace smsctl::delivery
