#pragma once

#include "delivery/enqueue.hpp"
#include "delivery/worker.hpp"
#include "providers/registry.hpp"
#include "store/messages.hpp"
#include "store/numbers.hpp"
#include "support/builders.hpp"
#include "support/fake_clock.hpp"
#include "support/loopback_server.hpp"
#include "unit/delivery/far_end_config.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace smsctl::test {

constexpr const char* accepted_sid = "SM00000000000000000000000000000001";

inline http::ServerResponse answer_json(int status, std::string body)
{
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}},
            .body = std::move(body)};
}

inline http::ServerResponse accept(const std::string& sid = accepted_sid,
                                   const std::string& status = "queued")
{
    return answer_json(
        201,
        fmt::format(R"({{"sid":"{}","status":"{}","direction":"outbound-api",)"
                    R"("to":"+14155552671","from":"+14155550100","body":"Hello",)"
                    R"("num_segments":"1","num_media":"0","price":null,"price_unit":"USD",)"
                    R"("error_code":null,"error_message":null,"date_created":null,)"
                    R"("date_sent":null,"date_updated":null}})",
                    sid,
                    status));
}

inline http::ServerResponse refuse(int status, int code)
{
    return answer_json(status,
                       fmt::format(R"({{"code":{},"message":"no","status":{}}})", code, status));
}

inline std::unique_ptr<providers::Provider> provider(const std::string& url, Clock& clock)
{
    return providers::make_provider("sim", far_end_config(url, clock));
}

/// A workspace with one number that sends, and a far end of the test's own.
struct DeliveryHouse : TestStore {
    DeliveryHouse()
    {
        sms::Number number = make_number("+14155550100");
        store::Numbers(scope).insert(number);
        set("from", "+14155550100");
    }

    void set(const std::string& name, const std::string& value)
    {
        workspace.settings[name] = value;
        scope = database.scope(workspace);
    }
    static delivery::Draft draft(const std::string& key = "")
    {
        delivery::Draft made;
        made.to = "+14155552671";
        made.body = "Hello";
        made.key = key;
        return made;
    }
    delivery::Verdict check(const delivery::Draft& wanted)
    {
        return delivery::Enqueue(scope, clock).check(wanted);
    }
    sms::Message plan(const delivery::Draft& wanted)
    {
        delivery::Verdict verdict = check(wanted);
        return delivery::Enqueue(scope, clock).plan(verdict);
    }
    sms::Message plan(const std::string& key = "") { return plan(draft(key)); }
    std::unique_ptr<providers::Provider> provider(const std::string& url)
    {
        return test::provider(url, clock);
    }
    delivery::Settled submit(const std::string& url, const sms::Message& message)
    {
        return submit(*provider(url), message, {});
    }
    delivery::Settled
    submit(providers::Provider& far_end, const sms::Message& message, const std::stop_token& stop)
    {
        std::vector<delivery::Settled> settled;
        delivery::Worker(scope, far_end, clock, {})
            .run(
                {.message_rows = {message.row}},
                [&](const delivery::Settled& one) { settled.push_back(one); },
                stop);
        REQUIRE(settled.size() == 1);
        CHECK(stored(message).status == settled.front().message.status);
        return settled.front();
    }
    /// What `send --due` does.
    std::vector<delivery::Settled> dispatch(const std::string& url, int most = 0)
    {
        std::vector<delivery::Settled> settled;
        delivery::WorkOptions options;
        options.most = most;
        const auto far_end = provider(url);
        delivery::Worker(scope, *far_end, clock, options)
            .run({}, [&](const delivery::Settled& one) { settled.push_back(one); }, {});
        return settled;
    }
    sms::Message stored(const sms::Message& message)
    {
        return store::Messages(scope).by_row(message.row).value();
    }

    FakeClock clock;
};

} // namespace smsctl::test
