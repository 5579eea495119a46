#pragma once

#include "store/event_log.hpp"
#include "store/leases.hpp"
#include "store/messages.hpp"
#include "support/builders.hpp"
#include "support/fake_clock.hpp"
#include "unit/updates/listing_provider.hpp"
#include "updates/message_history.hpp"

#include <string>
#include <utility>
#include <vector>

namespace smsctl::test {

/// A store, a provider that lists messages, and what the last sync of them found.
struct House : TestStore {
    /// A text that happened `ago`, put where the list has it.
    providers::RemoteMessage& text(const std::string& id, Millis ago)
    {
        providers::RemoteMessage message;
        message.provider_id = id;
        message.direction = sms::Direction::inbound;
        message.status_word = "received";
        message.status = sms::Status::received;
        message.from = their_number;
        message.to = our_number;
        message.body = "text " + id;
        message.segments = 1;
        message.price = Money{7'900, "USD"};
        message.created_at = message.sent_at = message.updated_at = clock.now() - ago;
        auto at = provider.messages.begin();
        while (at != provider.messages.end() && at->sent_at > message.sent_at)
            ++at;
        return *provider.messages.insert(at, std::move(message));
    }
    /// The same the other way, delivered.
    providers::RemoteMessage& sent(const std::string& id, Millis ago)
    {
        providers::RemoteMessage& message = text(id, ago);
        message.direction = sms::Direction::outbound;
        message.status_word = "delivered";
        message.status = sms::Status::delivered;
        std::swap(message.from, message.to);
        return message;
    }
    std::vector<updates::Difference> sync(updates::HistoryOptions options = {})
    {
        std::vector<updates::Difference> found;
        updates::MessageHistory history(scope, provider, clock);
        provider.requests.clear();
        tally = updates::HistorySync(scope, history, options)
                    .run([&](const updates::Difference& one) { found.push_back(one); },
                         [](const updates::HistoryTally&) {},
                         {});
        left = history.left_count();
        return found;
    }
    std::int64_t stored() { return store::Messages(scope).count({}); }
    std::string cursor(const std::string& name) { return store::Cursors(scope).get(name); }
    std::vector<sms::Event> events() { return store::EventLog(scope).list({}); }

    FakeClock clock;
    ListingProvider provider;
    updates::HistoryTally tally;
    std::size_t left = 0;
};

} // namespace smsctl::test
