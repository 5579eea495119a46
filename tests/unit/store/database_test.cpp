#include "support/builders.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;

TEST_CASE("a stored message comes back whole")
{
    test::TestStore store;
    sms::Message sent = test::make_message("Grüße");
    sent.media = {{"https://example.com/a.png", "image/png"}};
    sent.provider_id = "SM1";
    sent.price = Money{7900, "USD"};
    sent.failure = sms::Failure{"30003", "unreachable"};
    sent = test::store_message(store.scope, sent);
    const auto found = store::Messages(store.scope).by_provider_id("SM1");
    REQUIRE(found);
    CHECK(found->row == sent.row);
    CHECK(found->body == "Grüße");
    CHECK(found->media.front().url == "https://example.com/a.png");
    CHECK(found->price->micros == 7900);
    CHECK(found->failure->code == "30003");
    CHECK(found->conversation_id == sent.conversation_id);
}
