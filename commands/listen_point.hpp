#pragma once

#include "commands/session.hpp"
#include "store/database.hpp"
#include "store/scope.hpp"
#include "webhook/pointing.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace smsctl {

/// Says which numbers of `scope`'s workspace, but for `pointed_now`, still point where a listener
/// that died had pointed them, and what puts them back.
void warn_of_left_over(store::Scope& scope, Session& session, std::int64_t pointed_now);

/// `listen --point`: a number's webhook points at this listener while that lives, and where it did
/// before afterwards.
class ListenPoint {
public:
    /// A line for people; for any thread.
    using Say = std::function<void(const std::string& line)>;

    /// `reference` names the number, `public_url` and `path` this listener. Throws usage errors for
    /// an address that the provider cannot reach.
    ListenPoint(const std::string& reference,
                const std::string& public_url,
                const std::string& path,
                Session& session,
                Say say);
    /// Puts back what `watch` did not.
    ~ListenPoint();
    ListenPoint(const ListenPoint&) = delete;
    ListenPoint& operator=(const ListenPoint&) = delete;

    std::int64_t number_row() const { return m_pointing.number().row; }
    /// What would be done, for --dry-run.
    std::string plan() const;
    /// Puts back what a listener that died left, asks, and points the number.
    void begin();
    /// Keeps the number from now on, in a thread; at `done` puts it back, then calls `ended`.
    void watch(std::stop_token done, std::function<void()> ended);
    /// After `ended`: throws what kept the number from being put back.
    void finish();

private:
    void keep(const std::stop_token& stop);
    void put_back() noexcept;
    void tell(webhook::PutBack result) const;

    Session& m_session;
    std::string m_url;
    Say m_say;
    store::Database m_database;
    store::Scope m_scope;
    std::unique_ptr<providers::Provider> m_provider; ///< of the one thread that puts back
    webhook::Pointing m_pointing;
    std::string m_former; ///< for people
    bool m_is_pointed = false;
    std::exception_ptr m_failure;
    std::stop_source m_end;
    std::optional<std::stop_callback<std::function<void()>>> m_on_done;
    std::jthread m_thread; ///< last: ends first
};

} // namespace smsctl
