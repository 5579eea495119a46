#include "reconcile/in_doubt.hpp"
#include "support/builders.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace smsctl;
using namespace std::chrono_literals;
using reconcile::Finding;
using test::noon;

namespace {

sms::Message doubtful(std::int64_t row, Millis age = 1h, const std::string& body = "Hi")
{
    sms::Message message = test::make_message(body);
    message.row = row;
    message.status = sms::Status::in_doubt;
    message.created_at = message.status_at = noon - age;
    return message;
}

providers::RemoteMessage remote(const std::string& id, Millis age = 1h, std::string body = "Hi")
{
    providers::RemoteMessage made;
    made.provider_id = id;
    made.from = test::our_number;
    made.to = test::their_number;
    made.body = std::move(body);
    made.created_at = noon - age;
    return made;
}

/// What is found of each row: the id that it is given, "-" or "several".
std::map<std::int64_t, std::string> found(const reconcile::InDoubt& in_doubt)
{
    std::map<std::int64_t, std::string> by_row;
    for (const Finding& finding : in_doubt.findings()) {
        const std::int64_t row = finding.doubt->message.row;
        CHECK_FALSE(by_row.contains(row));
        by_row[row] = finding.what == Finding::What::adopt    ? finding.remote->provider_id
                      : finding.what == Finding::What::absent ? "-"
                                                              : "several";
    }
    return by_row;
}

using Found = std::map<std::int64_t, std::string>;

} // namespace

TEST_CASE("a send is the provider's message of the same sender, recipient, text and time")
{
    reconcile::InDoubt in_doubt(15min);
    in_doubt.add(doubtful(1));
    providers::RemoteMessage other = remote("SM2");
    SECTION("the very one")
    {
        in_doubt.offer(remote("SM1"));
        CHECK(found(in_doubt) == Found{{1, "SM1"}});
    }
    SECTION("a trial account puts something before it")
    {
        in_doubt.offer(remote("SM1", 1h, "Sent from your Twilio trial account - Hi"));
        CHECK(found(in_doubt) == Found{{1, "SM1"}});
    }
    SECTION("another sender")
    {
        other.from = "+15550177";
        in_doubt.offer(other);
        CHECK(found(in_doubt) == Found{{1, "-"}});
    }
    SECTION("another recipient")
    {
        other.to = "+15550177";
        in_doubt.offer(other);
        CHECK(found(in_doubt) == Found{{1, "-"}});
    }
    SECTION("another text")
    {
        in_doubt.offer(remote("SM2", 1h, "Hi "));
        CHECK(found(in_doubt) == Found{{1, "-"}});
    }
    SECTION("with a picture")
    {
        other.media_count = 1;
        in_doubt.offer(other);
        CHECK(found(in_doubt) == Found{{1, "-"}});
    }
    SECTION("before it was made, and long after it was tried")
    {
        in_doubt.offer(remote("SM2", 66min));
        in_doubt.offer(remote("SM3", 30min));
        CHECK(found(in_doubt) == Found{{1, "-"}});
    }
    SECTION("an inbound one")
    {
        other.direction = sms::Direction::inbound;
        in_doubt.offer(other);
        CHECK(found(in_doubt) == Found{{1, "-"}});
    }
    SECTION("two that fit, or one whose text is gone: nobody can tell")
    {
        in_doubt.offer(remote("SM1"));
        in_doubt.offer(GENERATE(true, false) ? other : remote("SM2", 1h, ""));
        CHECK(found(in_doubt) == Found{{1, "several"}});
        CHECK(in_doubt.findings().front().evidence == "may be SM1 or SM2 at the provider");
    }
    SECTION("the same one, shown by two pages")
    {
        in_doubt.offer(remote("SM1"));
        in_doubt.offer(remote("SM1"));
        CHECK(found(in_doubt) == Found{{1, "SM1"}});
    }
}

TEST_CASE("of sends that are alike each gets another message, and no message is given twice")
{
    reconcile::InDoubt in_doubt(15min);
    const int doubts = GENERATE(1, 2, 3, 5);
    const int offers = GENERATE(0, 1, 2, 3, 5);
    for (int i = 0; i < doubts; ++i)
        in_doubt.add(doubtful(i + 1, 1h - i * 1min));
    for (int i = 0; i < offers; ++i)
        in_doubt.offer(remote(fmt::format("SM{}", i), 1h - i * 1min));
    std::set<std::string> given;
    int adopted = 0;
    int several = 0;
    for (const auto& [row, id] : found(in_doubt)) {
        several += id == "several" ? 1 : 0;
        if (id != "several" && id != "-") {
            ++adopted;
            CHECK(given.insert(id).second);
        }
    }
    CHECK(adopted == (offers > doubts ? 0 : offers));
    CHECK(several == (offers > doubts ? doubts : 0));
}

TEST_CASE("alike but at other times, sends are judged apart")
{
    reconcile::InDoubt in_doubt(15min);
    in_doubt.add(doubtful(1, 10h));
    in_doubt.add(doubtful(2, 1h));
    in_doubt.offer(remote("SM1", 1h));
    in_doubt.offer(remote("SM2", 59min));
    CHECK(found(in_doubt) == Found{{1, "-"}, {2, "several"}});
}

TEST_CASE("a Messaging Service is the sender where no number was asked for")
{
    reconcile::InDoubt in_doubt(15min);
    sms::Message message = doubtful(1);
    message.from.clear();
    message.messaging_service_id = "MG1";
    in_doubt.add(message);
    providers::RemoteMessage other = remote("SM1");
    other.messaging_service_id = GENERATE("MG1", "MG2");
    in_doubt.offer(other);
    CHECK(found(in_doubt) == Found{{1, other.messaging_service_id == "MG1" ? "SM1" : "-"}});
    CHECK(in_doubt.pairs().front().from.empty());
}

TEST_CASE("what is not shown counts as absent only once it would be visible")
{
    reconcile::InDoubt in_doubt(15min);
    in_doubt.add(doubtful(1, 14min));
    const auto& doubt = in_doubt.doubts().front();
    CHECK_FALSE(in_doubt.is_visible(doubt, noon));
    CHECK(in_doubt.is_visible(doubt, noon + 1min));
}
