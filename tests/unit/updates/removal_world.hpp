#pragma once

#include "core/error.hpp"
#include "store/conversations.hpp"
#include "support/builders.hpp"
#include "support/fake_clock.hpp"
#include "support/refusing_provider.hpp"
#include "updates/apply.hpp"
#include "updates/removal.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace smsctl::test::removal_world {

/// Remembers what it was asked, and fails when told to.
class FarEnd final : public RefusingProvider {
public:
    std::vector<std::string> asked;
    std::string fails_at;
    std::function<void()> before;

    providers::RemoteMessage redact(std::string_view id) override
    {
        note("redact", id);
        return {};
    }
    void remove(std::string_view id) override { note("remove", id); }
    void remove_media(std::string_view id) override { note("remove media of", id); }

private:
    void note(const std::string& what, std::string_view id)
    {
        if (before)
            before();
        asked.push_back(what + " " + std::string(id));
        if (asked.back() == fails_at)
            throw Error(Exit::unavailable, "provider.unavailable", "the line is dead");
    }
};

/// A store, a clock and a far end, and removals with and without it.
struct World {
    TestStore store;
    FakeClock clock{noon + std::chrono::hours(1)};
    FarEnd far_end;

    store::Scope& scope() { return store.scope; }
    store::Messages messages() { return store::Messages(store.scope); }
    updates::Removal here() { return {store.scope, clock, nullptr}; }
    updates::Removal there() { return {store.scope, clock, &far_end}; }

    sms::Message sent(const std::string& sid, const std::function<void(sms::Message&)>& change = {})
    {
        sms::Message message = make_message("sent " + sid);
        message.provider_id = sid;
        message.status = sms::Status::delivered;
        if (change)
            change(message);
        return store_message(store.scope, message);
    }

    /// As a webhook brings it, with its payload.
    sms::Message received(const std::string& sid,
                          const std::string& body,
                          sms::Keyword keyword = sms::Keyword::none)
    {
        return tell(sid, body, keyword).message.value();
    }

    updates::Applied tell(const std::string& sid, const std::string& body, sms::Keyword keyword)
    {
        providers::InboundMessage inbound;
        inbound.provider_id = sid;
        inbound.from = their_number;
        inbound.to = our_number;
        inbound.body = body;
        inbound.keyword = keyword;
        store::Transaction transaction = store.scope.begin();
        auto applied = updates::Updates(store.scope, clock, "{\"headers\":{}}")
                           .apply(inbound, sms::EventSource::callback, "Body=" + body);
        transaction.commit();
        return applied;
    }

    std::int64_t number(const std::string& sql)
    {
        store::Statement statement = store.database.connection().prepare(sql);
        statement.step();
        return statement.integer(0);
    }
    sms::Conversation conversation()
    {
        return store::Conversations(store.scope).list(false, 0).at(0);
    }
};

} // namespace smsctl::test::removal_world
