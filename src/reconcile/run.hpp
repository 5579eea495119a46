#pragma once

#include "reconcile/reconciler.hpp"
#include "sms/message.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
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
    /// A message to ask about, and whether the provider has answered.
    struct Open {
        sms::Message message;
        bool asked = false;
    };

    bool take_lease();
    /// Whether one more request may be made; counts it. False after a signal, at --max-requests, or
    /// when the lease was lost: the run then ends early.
    bool may_ask();
    void gather();
    std::size_t left() const;
    Instant oldest_open() const;
    std::size_t stored_since(Instant since);
    void read_pages();
    void look_up();
    /// Lists newest first until `enough` says so; false when the run had to end early.
    bool walk(const providers::MessageFilter& filter,
              const std::function<bool(const providers::MessagePage&)>& enough);
    void fetch_inbound();
    void move_cursor();
    bool fetch_inbound_of(const std::string& our_address);

    /// Applies what a page or a lookup brought, in one transaction.
    void take(const std::vector<providers::RemoteMessage>& news);
    bool is_missed(const providers::RemoteMessage& remote);
    void take_status(const providers::RemoteMessage& remote,
                     Open& open,
                     std::vector<updates::Applied>& changes);
    updates::Applied take_inbound(const providers::RemoteMessage& remote,
                                  std::vector<sms::Media> media);
    updates::Applied rehearse(const providers::RemoteMessage& remote, const Open& open) const;

    store::Scope& m_scope;
    providers::Provider& m_provider;
    Clock& m_clock;
    const Options& m_options;
    const Reconciler::OnChange& m_on_change;
    const std::stop_token& m_stop;

    std::string m_owner;
    bool m_has_lease = false;
    Instant m_began_at;
    Instant m_inbound_from; ///< how far back missed inbound messages are looked for
    bool m_inbound_covered = false;
    std::optional<Instant> m_newest; ///< the provider's time of the newest on the first page
    std::map<std::string, Open, std::less<>> m_open; ///< by provider id
    std::set<std::string, std::less<>> m_numbers;    ///< ours, active
    std::set<std::string, std::less<>> m_fetched;    ///< inbound messages this run brought
    Summary m_summary;
};

} // namespace smsctl::reconcile
