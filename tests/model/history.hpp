#pragma once

#include "delivery/enqueue.hpp"
#include "model/far_end.hpp"
#include "store/database.hpp"
#include "store/scope.hpp"
#include "support/fake_clock.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace smsctl::model {

/// What a history was made of, so that one can see that all of it happens.
struct Counts {
    std::int64_t sends = 0;
    std::int64_t crashes = 0;
    std::int64_t lost_callbacks = 0;
    std::int64_t inbound = 0;
    std::int64_t in_doubt = 0; ///< when the last reconcile began
    std::int64_t at_provider = 0;
};

/// One random history of an account: sends, crashes, callbacks that are lost or overtake each
/// other, inbound texts, outages; then a healthy provider and one reconcile. Only the network, the
/// clock and chance are stood in for.
class History {
public:
    /// `empty_database` is copied. The same seed makes the same history.
    History(std::uint64_t seed, const std::filesystem::path& empty_database, Workspace workspace);

    void run();
    /// What does not hold at its end, a line each; empty when all is well.
    std::vector<std::string> problems();
    const Counts& counts() const { return m_counts; }

private:
    using Chance = std::mt19937_64;

    bool happens(int percent) { return static_cast<int>(m_chance() % 100) < percent; }
    std::size_t below(std::size_t end) { return static_cast<std::size_t>(m_chance() % end); }
    std::string somebody();

    /// A process that may die, with a database connection of its own.
    void process(const std::function<void(store::Scope&)>& work);
    /// Makes what dead processes hold look like theirs: we that live have their name.
    void bury();

    void step();
    void send();
    void send_again();
    void send_due();
    void submit(store::Scope& scope, const delivery::Draft& draft);
    void deliver_callbacks();
    void apply(store::Scope& scope, const sim::Webhook& webhook);
    void reconcile(store::Scope& scope, bool is_last);
    void sync(store::Scope& scope);

    void check_bijection(store::Scope& scope, std::vector<std::string>& problems);
    void check_counts(std::vector<std::string>& problems);
    void check_conversations(store::Scope& scope, std::vector<std::string>& problems);
    void check_log(store::Scope& scope, std::vector<std::string>& problems);

    Chance m_chance;
    test::FakeClock m_clock;
    FarEnd m_far_end;
    test::TempDir m_folder;
    std::string m_path;
    Workspace m_workspace;
    std::vector<delivery::Draft> m_asked;
    int m_sent_elsewhere = 0;
    Counts m_counts;
};

} // namespace smsctl::model
