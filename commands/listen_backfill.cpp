#include "commands/listen_backfill.hpp"

#include "webhook/kept_request.hpp"
#include "webhook/stand_in.hpp"

#include <chrono>
#include <utility>

namespace smsctl {

namespace {

constexpr Millis pause_while_locked = std::chrono::seconds(1);

} // namespace

ListenBackfill::ListenBackfill(Millis since,
                               std::string path,
                               Session& session,
                               webhook::Forwarder* forwarder,
                               Hand hand,
                               OnEnd on_end,
                               OnProblem on_problem,
                               std::stop_token stop)
    : m_since(since),
      m_path(std::move(path)),
      m_clock(session.clock()),
      m_database({.location = session.database_location()}),
      m_scope(m_database.scope(session.workspace(Access::mutating))),
      m_provider(session.provider_until(m_scope.workspace(), stop)),
      m_forwarder(forwarder),
      m_hand(std::move(hand)),
      m_on_end(std::move(on_end)),
      m_on_problem(std::move(on_problem))
{
    m_thread = std::jthread([this, stop = std::move(stop)] { run(stop); });
}

void ListenBackfill::run(const std::stop_token& stop)
{
    try {
        look_back(stop);
    } catch (const std::exception& error) {
        m_on_problem(error.what());
    }
    for (const auto& [seq, entered] : m_entered) // their transaction was rolled back
        m_forwarder->drop(entered);
    m_on_end();
}

void ListenBackfill::look_back(const std::stop_token& stop)
{
    reconcile::Options options;
    options.since = m_since;
    options.from_the_start = true;
    options.statuses = false;
    options.request_of = [this](const providers::InboundMessage& inbound) {
        return webhook::encode(webhook::keep(webhook::stand_in(inbound, m_path), {}, {}));
    };
    options.on_entered = [this](auto& applied, const auto& inbound) { enter(applied, inbound); };
    reconcile::Reconciler reconciler(m_scope, *m_provider, m_clock);
    const auto look = [&] {
        return reconciler.run(
            options, [this](const updates::Applied& applied) { hand_on(applied); }, stop);
    };
    while (look().locked) // a reconcile is at work, which may not look as far back
        if (!m_clock.wait(pause_while_locked, stop))
            return;
}

void ListenBackfill::enter(updates::Applied& applied, const providers::InboundMessage& inbound)
{
    if (m_forwarder != nullptr)
        m_entered.emplace(
            applied.event.seq,
            m_forwarder->enter(m_scope, applied.event, webhook::stand_in(inbound, m_path)));
}

void ListenBackfill::hand_on(const updates::Applied& applied)
{
    m_hand({.http_status = 200,
            .workspace = m_scope.workspace(),
            .event = applied.event,
            .message = applied.message,
            .is_news = true});
    if (auto entered = m_entered.extract(applied.event.seq))
        m_forwarder->take({m_scope.workspace(),
                           std::move(entered.mapped()),
                           http::Responder([](const http::ServerResponse&) {}), // nobody waits
                           {}});
}

} // namespace smsctl
