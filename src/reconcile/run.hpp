#pragma once

#include "reconcile/asker.hpp"
#include "reconcile/gaps.hpp"
#include "reconcile/in_doubt.hpp"
#include "reconcile/look_ahead.hpp"
#include "reconcile/reconciler.hpp"
#include "reconcile/wanted.hpp"
#include "sms/message.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace smsctl::reconcile {

/// One run of a reconciler: what is still to be asked, and what was spent.
class Run {
public:
    Run(store::Scope& scope,
        providers::Provider& provider,
        Clock& clock,
        const Options& options,
        const Reconciler::OnChange& on_change,
        const std::stop_token& stop);
    /// Gives the lease back.
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    Summary perform();

private:
    /// A list that is read page after page, newest first, and how far that has come.
    struct Walk {
        providers::MessageFilter filter;
        Span span;                 ///< what it is read for
        Span asked{};              ///< of the messages that are asked about in it, as we date them
        bool is_of_all = false;    ///< the whole account's traffic, not one number's
        bool is_resumable = false; ///< by a later run, where this one was at its end
        bool is_searched = false;  ///< to its end, whatever it shows
        std::size_t wanted = 0;    ///< messages to ask about that should be in it
        Instant reached = Instant::max(); ///< how far back it was read
        std::size_t pages = 0;
        std::size_t pages_to_enter = 0; ///< read, and not entered yet
        std::size_t shown = 0;          ///< messages on them
        bool is_at_its_end = false;
        std::function<void()> on_end = {}; ///< once all is entered
    };
    using WalkPtr = std::shared_ptr<Walk>;
    /// Where a list goes on, and what for.
    struct Place {
        Span span;
        Instant asked_until; ///< messages as old as that were asked about
        std::string page;
    };
    /// What one page brought, until it is entered.
    struct News {
        std::vector<providers::RemoteMessage> messages;
        std::vector<sms::Message> known; ///< as `outlines_of` gives them, once looked for
        std::map<std::string, std::vector<sms::Media>, std::less<>> media; ///< of missed ones
        std::size_t media_left = 0;                                        ///< still to be read
        Span covers{};    ///< of the account's traffic; nothing where they are the same
        WalkPtr walk;     ///< none for lookups
        std::string next; ///< the page after it
        bool is_next_begun = false;
    };
    using NewsPtr = std::shared_ptr<News>;

    // run_gather.cpp: what is due, and what is left
    void gather();
    void gather_open();
    void gather_inbound();
    bool is_wanted(const store::PollCandidate& candidate) const;
    void want(const store::PollCandidate& candidate);
    bool is_price_time();
    void save_price_time();
    void save_gaps();
    void expire();
    void count_open();

    /// What a run does, in its order; the one whose turn it is goes first.
    enum class Part { first, doubts, statuses, inbound };
    static constexpr int part_count = 4;

    // run_turn.cpp: who goes first
    void take_turn();
    void pass_turn();
    int share_of(Part part) const;

    // run.cpp: what is asked
    bool hold_lease();
    std::size_t expected(Instant from, Instant to);
    void ask_about_statuses();
    void read_the_rest();
    std::vector<Span> spans_to_read(const std::vector<Instant>& dates);
    std::size_t inbound_requests(const Span& gap);
    void look_up();
    void look_up_next(std::vector<std::int64_t>& rows, const NewsPtr& found);
    void fetch_inbound();
    void fetch_inbound_of_numbers(const Span& gap);
    void finish();

    // run_walk.cpp: how lists are read
    void walk(const Span& span, const Span& asked, bool is_open_at_the_top);
    void load_places();
    void resume();
    bool is_worth_it(const Place& place);
    void save_places();
    void forget_places();
    void begin(const WalkPtr& walk, const std::string& page);
    void on_page(const WalkPtr& walk, Answer&& answer);
    Span covered(Walk& walk, const providers::MessagePage& page) const;
    bool goes_on(const Walk& walk) const;
    bool surely_goes_on(const Walk& walk, const providers::MessagePage& page) const;
    void read_media(const NewsPtr& news);
    void enter_page(const NewsPtr& news);

    // run_take.cpp: what is entered
    void take(News& news);
    void enter(News& news, std::vector<updates::Applied>& changes);
    void look_again(News& news);
    void enter_status(const providers::RemoteMessage& remote,
                      sms::Message& outline,
                      std::int64_t seq,
                      std::vector<updates::Applied>& changes);
    void log_changes(std::vector<updates::Applied>& changes);
    bool is_missed(const providers::RemoteMessage& remote) const;
    void enter_missed(const providers::RemoteMessage& remote,
                      News& news,
                      std::vector<updates::Applied>& changes);
    updates::Applied apply_missed(const providers::RemoteMessage& remote,
                                  providers::InboundMessage inbound);
    void hand_out(std::vector<updates::Applied>& changes);
    void count(const updates::Applied& applied);

    // run_settle.cpp: what is in doubt
    void settle();
    void search();
    void settle(const Finding& finding, std::vector<updates::Applied>& changes);
    updates::Applied rehearse(const Finding& finding) const;

    store::Scope& m_scope;
    providers::Provider& m_provider;
    Clock& m_clock;
    const Options& m_options;
    const Reconciler::OnChange& m_on_change;

    std::string m_owner;
    bool m_has_lease = false;
    Instant m_lease_taken;
    Instant m_began_at;
    std::stop_source m_end; ///< a signal came, or the lease was lost
    std::stop_callback<std::function<void()>> m_on_stop;
    LookAhead m_look_ahead; ///< the asker's alone
    std::unique_ptr<Asker> m_asker;

    Wanted m_wanted;
    InDoubt m_in_doubt;
    Part m_turn = Part::first;
    /// Sender and recipient of doubts whose list was read to its end.
    std::set<std::pair<std::string, std::string>> m_searched;
    Gaps m_looked_for;               ///< when inbound messages may have been missed
    Gaps m_gaps;                     ///< of that, what nobody has looked at yet
    Gaps m_later;                    ///< what this run leaves to the next
    std::optional<Instant> m_newest; ///< the provider's time of the newest that a list began with
    std::set<std::string, std::less<>> m_numbers; ///< ours, active
    std::set<std::string, std::less<>> m_fetched; ///< inbound messages this run brought
    std::vector<Place> m_left_off;                ///< by a run before, and not resumed yet
    std::map<const Walk*, Place> m_places;        ///< of lists that are being read
    std::string m_saved_places;
    std::vector<std::int64_t> m_polled; ///< rows that were asked about and stay as they are
    int m_rehearsed_final = 0;
    bool m_prices_asked = false;
    Summary m_summary;
};

} // namespace smsctl::reconcile
