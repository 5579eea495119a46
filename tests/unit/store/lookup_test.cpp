#include "core/error.hpp"
#include "store/lookup.hpp"
#include "support/builders.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;

namespace {

Exit exit_of(store::Scope& scope, const std::string& reference)
{
    try {
        store::find_conversations(scope, reference);
    } catch (const Error& error) {
        return error.exit();
    }
    return Exit::ok;
}

} // namespace

TEST_CASE("A conversation is found by its id, a prefix, a message, a number or a contact")
{
    test::TestStore store;
    sms::Message message = test::make_message();
    message.to = "+14155552671";
    message.provider_id = "SM0123456789abcdef0123456789abcdef";
    message = test::store_message(store.scope, message);
    const std::string id = message.conversation_id;

    struct Row {
        std::string name;
        std::string reference;
    };
    // The ids are new each time, so the rows cannot come from a generator.
    const std::vector<Row> rows{{"id", id},
                                {"prefix", id.substr(0, id.size() - 2)},
                                {"message", message.id},
                                {"provider id", message.provider_id},
                                {"number", "+14155552671"},
                                {"national number", "(415) 555-2671"},
                                {"contact", "Unknown (+14155552671)"}};
    for (const Row& row : rows) {
        INFO(row.name);
        const auto found = store::find_conversations(store.scope, row.reference);
        REQUIRE(found.size() == 1);
        CHECK(found.front().id == id);
    }
}

TEST_CASE("A number names all its conversations, and an unknown end is refused for what it is")
{
    test::TestStore store;
    sms::Message message = test::make_message();
    message.to = "+14155552671";
    test::store_message(store.scope, message);
    message = test::make_message();
    message.to = "+14155552671";
    message.from = "+15550198";
    test::store_message(store.scope, message);

    CHECK(store::find_conversations(store.scope, "+14155552671").size() == 2);
    CHECK(exit_of(store.scope, "+14155552672") == Exit::not_found);
    CHECK(exit_of(store.scope, "conv_unknown") == Exit::not_found);
    CHECK(exit_of(store.scope, "msg_unknown") == Exit::not_found);
    CHECK(exit_of(store.scope, "nobody") == Exit::usage);
}

TEST_CASE("A number of ours is found in any spelling")
{
    test::TestStore store;
    sms::Number number = test::make_number("+14155552671");
    store::Numbers(store.scope).insert(number);

    for (const std::string& reference : {std::string("+14155552671"),
                                         std::string("(415) 555-2671"),
                                         number.id,
                                         number.provider_id})
        CHECK(store::find_number(store.scope, reference).address == "+14155552671");
    CHECK_THROWS_AS(store::find_number(store.scope, "+14155552672"), Error);
}
