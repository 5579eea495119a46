#include "model/history.hpp"

#include "delivery/recorder.hpp"
#include "delivery/worker.hpp"
#include "model/death.hpp"
#include "providers/registry.hpp"
#include "reconcile/reconciler.hpp"
#include "store/leases.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"
#include "updates/apply.hpp"
#include "updates/message_history.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace smsctl::model {

namespace {

constexpr Millis minute = std::chrono::minutes(1);

store::OpenOptions at(const std::string& path)
{
    store::OpenOptions options;
    options.location = path;
    options.migrate = false;
    return options;
}

} // namespace

History::History(std::uint64_t seed,
                 const std::filesystem::path& empty_database,
                 Workspace workspace)
    : m_chance(seed),
      m_far_end(m_clock, seed),
      m_path((m_folder / "smsctl.db").string()),
      m_workspace(std::move(workspace))
{
    std::filesystem::copy_file(empty_database, m_path);
    m_workspace.settings["from"] = m_far_end.our_number();
    m_far_end.troubled_percent = 25;
}

std::string History::somebody()
{
    // The last one never gets anything delivered, by the simulator's table of outcomes.
    static const std::vector<std::string> people{"+14155552671", "+14155552672", "+14155530003"};
    return people[below(people.size())];
}

void History::process(const std::function<void(store::Scope&)>& work)
{
    const bool is_doomed = happens(20);
    if (is_doomed)
        Death::instance().come_after(static_cast<int>(below(14)));
    try {
        store::Database database(at(m_path));
        store::Scope scope = database.scope(m_workspace);
        work(scope);
    } catch (const Error&) { // an outage, or what a dead process meets
        if (!Death::instance().has_come() && !m_far_end.is_away && m_far_end.troubled_percent == 0)
            throw;
    }
    if (Death::instance().has_come()) {
        ++m_counts.crashes;
        bury();
    }
    Death::instance().never();
}

void History::bury()
{
    Death::instance().never();
    sqlite3* database = nullptr;
    sqlite3_open(m_path.c_str(), &database);
    // Another boot's process is gone for certain.
    const std::string us = store::this_process();
    const auto begin = us.find('/') + 1;
    std::string dead = us;
    dead.replace(begin, us.find('/', begin) - begin, "another boot");
    const std::string sql = fmt::format(
        "UPDATE outbox SET lease_owner = '{0}' WHERE lease_owner IS NOT NULL; UPDATE leases SET "
        "owner = '{0}';",
        dead);
    char* problem = nullptr;
    const int done = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &problem);
    sqlite3_free(problem);
    sqlite3_close(database);
    if (done != SQLITE_OK)
        throw std::runtime_error("cannot bury the dead");
}

void History::run()
{
    const std::size_t steps = 8 + below(16);
    for (std::size_t i = 0; i < steps; ++i)
        step();

    // Whatever was not told by now never will be.
    m_counts.lost_callbacks += static_cast<std::int64_t>(m_far_end.callbacks().size());
    m_far_end.callbacks().clear();
    m_far_end.is_away = false;
    m_far_end.troubled_percent = 0;
    store::Database database(at(m_path));
    store::Scope scope = database.scope(m_workspace);
    delivery::settle_abandoned(scope, m_clock);
    m_far_end.pass(std::chrono::hours(25)); // however often it was asked about, it is due again
    m_far_end.callbacks().clear();
    m_counts.in_doubt = static_cast<std::int64_t>(store::Messages(scope).in_doubt().size());
    m_counts.at_provider = static_cast<std::int64_t>(m_far_end.messages().size());
    reconcile(scope, true);
}

void History::step()
{
    m_far_end.is_away = happens(m_far_end.is_away ? 60 : 8);
    const std::size_t what = below(100);
    if (what < 35)
        send();
    else if (what < 42)
        send_again();
    else if (what < 50)
        send_due();
    else if (what < 62)
        deliver_callbacks();
    else if (what < 72) {
        m_far_end.receive(somebody(), fmt::format("inbound {}", m_counts.inbound++));
    } else if (what < 76)
        m_far_end.send_elsewhere(somebody(), fmt::format("elsewhere {}", m_sent_elsewhere++));
    else if (what < 84)
        process([this](store::Scope& scope) { reconcile(scope, false); });
    else if (what < 88)
        process([this](store::Scope& scope) { sync(scope); });
    else
        m_far_end.pass(Millis(static_cast<Millis::rep>(m_chance() % (minute * 40).count())));
    if (happens(30))
        deliver_callbacks();
}

void History::send()
{
    delivery::Draft draft;
    draft.to = somebody();
    draft.body = happens(30) ? "the same again" : fmt::format("text {}", m_asked.size());
    draft.key = happens(50) ? fmt::format("key {}", m_asked.size()) : "";
    draft.status_callback = "http://127.0.0.1:1/status";
    if (happens(20))
        draft.at = m_clock.now() + minute * 10;
    m_asked.push_back(draft);
    ++m_counts.sends;
    process([&](store::Scope& scope) { submit(scope, draft); });
}

/// Somebody who was told that it was not sent, or nothing at all, asks for it once more by its key.
void History::send_again()
{
    if (m_asked.empty())
        return;
    const delivery::Draft draft = m_asked[below(m_asked.size())];
    if (!draft.key.empty() && !draft.at)
        process([&](store::Scope& scope) { submit(scope, draft); });
}

void History::submit(store::Scope& scope, const delivery::Draft& draft)
{
    delivery::Enqueue enqueue(scope, m_clock);
    delivery::Verdict verdict = enqueue.check(draft);
    if (verdict.blocked)
        return;
    delivery::settle_abandoned(scope, m_clock);
    const sms::Message message = enqueue.plan(verdict);
    if (message.status != sms::Status::planned || verdict.waits_until)
        return;
    Line line(m_far_end, m_clock);
    delivery::WorkOptions options;
    options.concurrency = 1;
    delivery::Selection selection;
    selection.message_rows = {message.row};
    delivery::Worker(scope, line, m_clock, options)
        .run(selection, [](const delivery::Settled&) {}, {});
}

void History::send_due()
{
    process([this](store::Scope& scope) {
        delivery::settle_abandoned(scope, m_clock);
        Line line(m_far_end, m_clock);
        delivery::WorkOptions options;
        options.concurrency = 1;
        delivery::Worker(scope, line, m_clock, options)
            .run({}, [](const delivery::Settled&) {}, {});
    });
}

/// Some come, in any order, some twice; some are lost; the rest comes later.
void History::deliver_callbacks()
{
    std::vector<sim::Webhook> waiting = std::exchange(m_far_end.callbacks(), {});
    std::shuffle(waiting.begin(), waiting.end(), m_chance);
    for (sim::Webhook& webhook : waiting) {
        const std::size_t fate = below(100);
        if (fate < 25) {
            ++m_counts.lost_callbacks;
        } else if (fate < 45) {
            m_far_end.callbacks().push_back(std::move(webhook));
        } else {
            process([&](store::Scope& scope) { apply(scope, webhook); });
            if (fate < 55)
                process([&](store::Scope& scope) { apply(scope, webhook); });
        }
    }
}

/// As the listener enters what it has verified.
void History::apply(store::Scope& scope, const sim::Webhook& webhook)
{
    providers::WebhookRequest request;
    request.method = "POST";
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = http::encode_form(webhook.form);
    const providers::WebhookContent content = providers::webhooks("twilio").read(request);
    store::Transaction transaction = scope.begin();
    updates::Updates updates(scope, m_clock);
    if (const auto* inbound = std::get_if<providers::InboundMessage>(&content))
        updates.apply(*inbound, sms::EventSource::callback, request.body, m_clock.now());
    else
        updates.apply(
            std::get<providers::StatusReport>(content), sms::EventSource::callback, request.body);
    transaction.commit();
}

void History::reconcile(store::Scope& scope, bool is_last)
{
    Line line(m_far_end, m_clock);
    delivery::settle_abandoned(scope, m_clock);
    reconcile::Options options;
    if (!is_last && happens(50))
        options.older_than = Millis(0);
    if (!is_last && happens(30))
        options.max_requests = static_cast<int>(1 + below(4));
    const auto summary = reconcile::Reconciler(scope, line, m_clock)
                             .run(options, [](const updates::Applied&) {}, {});
    if (is_last && (summary.stopped_early || summary.locked))
        throw std::runtime_error("the last reconcile did not come to its end");
}

void History::sync(store::Scope& scope)
{
    Line line(m_far_end, m_clock);
    updates::MessageHistory history(scope, line, m_clock);
    updates::HistorySync(scope, history, {})
        .run([](const updates::Difference&) {}, [](const updates::HistoryTally&) {}, {});
}

} // namespace smsctl::model
