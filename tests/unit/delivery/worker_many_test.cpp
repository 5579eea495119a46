// Many messages at once: the real worker, the real client, a far end that misbehaves.
#include "core/error.hpp"
#include "delivery/worker.hpp"
#include "http/form.hpp"
#include "providers/registry.hpp"
#include "support/errors.hpp"
#include "support/loopback_server.hpp"
#include "unit/delivery/far_end_config.hpp"
#include "unit/delivery/list_house.hpp"

#include <atomic>
#include <map>
#include <set>

using namespace smsctl;
using delivery::Ended;
using delivery::Settled;
using test::ListHouse;

namespace {

http::ServerResponse json(int status, std::string body)
{
    return {.status = status,
            .headers = {{"Content-Type", "application/json"}},
            .body = std::move(body)};
}

http::ServerResponse refuse(int status, int code, const std::string& retry_after = "")
{
    auto answer =
        json(status, fmt::format(R"({{"code":{},"message":"no","status":{}}})", code, status));
    if (!retry_after.empty())
        answer.headers.emplace_back("Retry-After", retry_after);
    return answer;
}

/// A far end that accepts, unless `misbehave` has another answer to its nth request.
class FarEnd {
public:
    using Misbehave =
        std::function<std::optional<http::ServerResponse>(int nth, const http::Form&)>;

    explicit FarEnd(Misbehave misbehave = {})
        : m_misbehave(std::move(misbehave)),
          m_server([this](const http::ServerRequest& request) { return answer(request); })
    {
    }

    std::string url() const { return m_server.url(""); }
    int requests() const { return m_requests; }
    /// How often each recipient was accepted; after the run.
    const std::map<std::string, int>& accepted() const { return m_accepted; }

private:
    http::ServerResponse answer(const http::ServerRequest& request)
    {
        const http::Form form = http::decode_form(request.body);
        const int nth = m_requests++;
        if (m_misbehave)
            if (auto other = m_misbehave(nth, form))
                return *other;
        const std::string to(http::first(form, "To"));
        ++m_accepted[to];
        return json(
            201,
            fmt::format(R"({{"sid":"SM{:032x}","status":"queued","direction":"outbound-api",)"
                        R"("to":"{}","num_segments":"1","num_media":"0"}})",
                        nth,
                        to));
    }

    Misbehave m_misbehave;
    std::atomic<int> m_requests = 0;
    std::map<std::string, int> m_accepted;
    test::LoopbackServer m_server; ///< last: its thread ends first
};

struct BatchHouse : ListHouse {
    /// Runs a worker over the batch; what it told is in `settled`.
    Ended run(const sms::Batch& batch,
              const std::string& url,
              delivery::WorkOptions options = {},
              const std::stop_token& stop = {})
    {
        const auto provider = providers::make_provider("sim", test::far_end_config(url, clock));
        return delivery::Worker(scope, *provider, clock, options)
            .run(
                {.message_rows = {},
                 .batch_row = batch.row,
                 .first_message_row = batch.first_message_row,
                 .last_message_row = batch.last_message_row},
                [this](const Settled& one) {
                    settled.push_back(one);
                    if (on_settled)
                        on_settled();
                },
                stop);
    }

    int of(sms::Status status)
    {
        return static_cast<int>(count("SELECT count(*) FROM messages WHERE status = '" +
                                      std::string(sms::word(status)) + "'"));
    }
    bool nobody_has_any_in_hand()
    {
        return count("SELECT count(*) FROM outbox WHERE lease_owner IS NOT NULL") == 0;
    }

    std::vector<Settled> settled;
    std::function<void()> on_settled;
};

/// Everybody got one.
bool once_each(const FarEnd& far_end, std::size_t count)
{
    return far_end.accepted().size() == count &&
           std::all_of(far_end.accepted().begin(), far_end.accepted().end(), [](const auto& one) {
               return one.second == 1;
           });
}

} // namespace

TEST_CASE("a batch is submitted, each message once, and told of once", "[worker][many]")
{
    BatchHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(300));
    FarEnd far_end;
    CHECK(house.run(batch, far_end.url()) == Ended::done);
    CHECK(once_each(far_end, 300));
    CHECK(house.of(sms::Status::queued) == 300);
    CHECK(house.count("SELECT count(*) FROM outbox") == 0);
    std::set<std::string> told;
    for (const Settled& one : house.settled)
        told.insert(one.message.id);
    CHECK(house.settled.size() == 300);
    CHECK(told.size() == 300);
    CHECK(house.run(batch, far_end.url()) == Ended::done);
    CHECK(far_end.requests() == 300);
}

TEST_CASE("a burst of refusals slows a batch down and ends nothing", "[worker][many]")
{
    BatchHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(200));
    // Of all that an account takes, or of a sender's own queue.
    const int code = GENERATE(20429, 21611);
    FarEnd far_end([code](int nth, const auto&) {
        return nth >= 20 && nth < 42 ? std::optional(refuse(429, code, "2")) : std::nullopt;
    });
    const Instant before = house.clock.now();
    CHECK(house.run(batch, far_end.url(), {.concurrency = 40, .mps = {}, .max_failures = {}}) ==
          Ended::done);
    CHECK(once_each(far_end, 200));
    CHECK(house.clock.now() - before >= std::chrono::seconds(2));
    CHECK(house.settled.size() == 200);
    CHECK(house.of(sms::Status::queued) == 200);
}

TEST_CASE("nobody is given up for refusals while the others get through", "[worker][many]")
{
    BatchHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(100));
    int refusals = 0;
    FarEnd far_end([&](int, const http::Form& form) {
        return http::first(form, "To") == "+14155552000" && ++refusals <= 6
                   ? std::optional(refuse(429, 20429, "0"))
                   : std::nullopt;
    });
    CHECK(house.run(batch, far_end.url(), {.concurrency = 16, .mps = {}, .max_failures = {}}) ==
          Ended::done);
    CHECK(once_each(far_end, 100));
    CHECK(house.of(sms::Status::queued) == 100);
    CHECK(house.count("SELECT max(attempts) FROM messages") == 7);
}

TEST_CASE("a provider that refuses all ends the run, and all stay planned", "[worker][many]")
{
    BatchHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(100));
    struct Row {
        const char* what;
        http::ServerResponse answer;
        Ended ended;
        int most_requests;
    };
    const auto row =
        GENERATE(Row{"too many requests", refuse(429, 20429), Ended::unavailable, 10 + 5 + 2 + 1},
                 Row{"a pause too long", refuse(429, 20429, "3600"), Ended::unavailable, 10},
                 Row{"wrong credentials", refuse(401, 20003), Ended::refused, 20});
    DYNAMIC_SECTION(row.what)
    {
        FarEnd far_end([&](int, const auto&) { return std::optional(row.answer); });
        CHECK(house.run(batch, far_end.url(), {.concurrency = 10, .mps = {}, .max_failures = {}}) ==
              row.ended);
        CHECK(far_end.requests() <= row.most_requests);
        CHECK(house.of(sms::Status::planned) == 100);
        CHECK(house.nobody_has_any_in_hand());
        FarEnd better;
        CHECK(house.run(batch, better.url()) == Ended::done);
        CHECK(once_each(better, 100));
    }
    SECTION("nobody home")
    {
        CHECK(house.run(batch, fmt::format("http://127.0.0.1:{}", test::closed_port())) ==
              Ended::unavailable);
        CHECK(house.of(sms::Status::planned) == 100);
        CHECK(house.nobody_has_any_in_hand());
    }
}

TEST_CASE("one answer after the other that says nothing certain ends the run", "[worker][many]")
{
    BatchHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(300));
    FarEnd far_end([](int, const auto&) { return std::optional(json(500, "{}")); });
    CHECK(house.run(batch, far_end.url()) == Ended::all_in_doubt);
    CHECK(house.of(sms::Status::in_doubt) == far_end.requests());
    CHECK(far_end.requests() >= 50);
    CHECK(far_end.requests() <= 150);
    CHECK(house.of(sms::Status::in_doubt) + house.of(sms::Status::planned) == 300);
    CHECK(house.nobody_has_any_in_hand());
}

TEST_CASE("lost answers here and there are doubts, and the others go on", "[worker][many]")
{
    BatchHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(200));
    test::RawServer server([](std::size_t index, const std::string&) {
        if (index % 10 == 3)
            return test::RawAnswer{.bytes = "", .then = test::RawAnswer::Then::close};
        const std::string body =
            fmt::format(R"({{"sid":"SM{:032x}","status":"queued","num_segments":"1"}})", index);
        return test::RawAnswer{
            .bytes = fmt::format("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
                                 "Content-Length: {}\r\n\r\n{}",
                                 body.size(),
                                 body)};
    });
    // A raw server takes its connections one by one.
    CHECK(house.run(batch, server.url(""), {.concurrency = 1, .mps = {}, .max_failures = {}}) ==
          Ended::done);
    CHECK(server.requests().size() == 200);
    CHECK(house.of(sms::Status::in_doubt) == 20);
    CHECK(house.of(sms::Status::queued) == 180);
}

TEST_CASE("failures end the run at the limit that was set", "[worker][many]")
{
    BatchHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(200));
    FarEnd far_end([](int nth, const auto&) {
        return nth % 2 == 0 ? std::optional(refuse(400, 21211)) : std::nullopt;
    });
    struct Row {
        const char* what;
        delivery::FailureLimit limit;
        int least;
    };
    const auto row = GENERATE(Row{"so many", {.count = 7, .percent = 0}, 7},
                              Row{"such a part", {.count = 0, .percent = 20}, 10});
    DYNAMIC_SECTION(row.what)
    {
        CHECK(house.run(
                  batch, far_end.url(), {.concurrency = 4, .mps = {}, .max_failures = row.limit}) ==
              Ended::too_many_failures);
        CHECK(house.of(sms::Status::rejected) >= row.least);
        CHECK(house.of(sms::Status::rejected) <= row.least + 8);
        CHECK(house.of(sms::Status::submitting) == 0);
        CHECK(house.of(sms::Status::planned) > 0);
        CHECK(house.nobody_has_any_in_hand());
    }
}

TEST_CASE("a stop lets what is in flight come back and plans the rest again", "[worker][many]")
{
    BatchHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(200));
    std::stop_source stop;
    FarEnd far_end([&](int nth, const auto&) {
        if (nth == 30)
            stop.request_stop();
        return std::nullopt;
    });
    CHECK(house.run(batch, far_end.url(), {}, stop.get_token()) == Ended::stopped);
    CHECK(house.of(sms::Status::queued) == far_end.requests());
    CHECK(house.of(sms::Status::planned) == 200 - far_end.requests());
    CHECK(far_end.requests() >= 31);
    CHECK(far_end.requests() < 200);
    CHECK(house.nobody_has_any_in_hand());
    CHECK(house.count("SELECT count(*) FROM messages WHERE status = 'planned' AND attempts > 0") ==
          0);
    CHECK(house.run(batch, far_end.url()) == Ended::done);
    CHECK(once_each(far_end, 200));
}

TEST_CASE("whoever is told and throws ends the run, with everything recorded", "[worker][many]")
{
    BatchHouse house;
    const sms::Batch batch = house.plan(ListHouse::numbers(200));
    FarEnd far_end;
    house.on_settled = [] { throw Error(Exit::failed, "failed.output", "the reader is gone"); };
    CHECK(test::error_of([&] { house.run(batch, far_end.url()); }).code() == "failed.output");
    CHECK(house.of(sms::Status::queued) == far_end.requests());
    CHECK(house.of(sms::Status::submitting) == 0);
    CHECK(house.nobody_has_any_in_hand());
    house.on_settled = {};
    CHECK(house.run(batch, far_end.url()) == Ended::done);
    CHECK(once_each(far_end, 200));
}

TEST_CASE("a rate holds a batch to so many segments a second for each sender", "[worker][many]")
{
    BatchHouse house;
    auto options = ListHouse::saying();
    options.senders = {test::first_sender, test::second_sender};
    const sms::Batch batch = house.plan(ListHouse::numbers(40), options);
    FarEnd far_end;
    const Instant before = house.clock.now();
    CHECK(house.run(batch, far_end.url(), {.concurrency = 50, .mps = 10, .max_failures = {}}) ==
          Ended::done);
    CHECK(once_each(far_end, 40));
    const Millis spent = house.clock.now() - before;
    CHECK(spent >= Millis(1900)); // 20 segments each: the last leaves after 1.9 s
}
