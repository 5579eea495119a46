#include "core/error.hpp"
#include "store/event_log.hpp"
#include "store/numbers.hpp"
#include "support/builders.hpp"
#include "support/fake_clock.hpp"
#include "updates/number_settings.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using test::make_number;

namespace {

updates::NumberSettings webhook(const std::string& url)
{
    updates::NumberSettings settings;
    settings.webhook_url = url;
    return settings;
}

updates::NumberSettings undo()
{
    updates::NumberSettings settings;
    settings.undo_webhook = true;
    return settings;
}

std::string code_of(const sms::Number& number, const updates::NumberSettings& settings)
{
    try {
        updates::with_settings(number, settings);
    } catch (const Error& error) {
        CHECK(error.exit() == Exit::usage);
        return error.code();
    }
    return "";
}

} // namespace

TEST_CASE("A new webhook keeps the one it replaced, and undo puts it back once")
{
    sms::Number number = make_number();
    number.webhook_url = "https://example.com/old";
    number.webhook_method = "GET";

    const sms::Number pointed = updates::with_settings(number, webhook("https://example.com/new"));
    CHECK(pointed.webhook_url == "https://example.com/new");
    CHECK(pointed.webhook_method == "POST");
    CHECK(pointed.has_previous_webhook);
    CHECK(updates::concerns_provider(number, pointed));

    const sms::Number restored = updates::with_settings(pointed, undo());
    CHECK(restored.webhook_url == "https://example.com/old");
    CHECK(restored.webhook_method == "GET");
    CHECK(code_of(restored, undo()) == "usage.nothing_to_undo");
}

TEST_CASE("Setting the webhook it has already does not forget the one before")
{
    sms::Number number = make_number();
    number = updates::with_settings(number, webhook("https://example.com/a"));
    number = updates::with_settings(number, webhook("https://example.com/b"));
    number = updates::with_settings(number, webhook("https://example.com/b"));
    CHECK(number.previous_webhook_url == "https://example.com/a");
}

TEST_CASE("A webhook of nothing can be undone too")
{
    const sms::Number number =
        updates::with_settings(make_number(), webhook("https://example.com/new"));
    CHECK(number.has_previous_webhook);
    CHECK(updates::with_settings(number, undo()).webhook_url.empty());
}

TEST_CASE("Settings that make no sense are refused before anybody is asked")
{
    struct Row {
        std::string name;
        updates::NumberSettings settings;
        std::string code;
    };
    const std::string wide = "\xC3\xA9";
    std::string longest;
    for (int i = 0; i < 64; ++i)
        longest += wide;
    const auto row = GENERATE_COPY(values<Row>({
        {"another scheme", webhook("ftp://example.com/"), "usage.webhook_url"},
        {"no host", webhook("https://"), "usage.webhook_url"},
        {"no URL at all", webhook("example"), "usage.webhook_url"},
        {"cleared", webhook(""), ""},
        {"64 wide characters", {{}, longest, {}, false}, ""},
        {"65 wide characters", {{}, longest + wide, {}, false}, "usage.friendly_name"},
        {"broken bytes", {{}, "\xFF", {}, false}, "usage.friendly_name"},
        {"a broken owner", {{}, {}, "\xFF", false}, "usage.owner"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        CHECK(code_of(make_number(), row.settings) == row.code);
    }
}

TEST_CASE("An owner is ours alone: it is stored and logged without asking the provider")
{
    test::TestStore store;
    test::FakeClock clock;
    sms::Number before = make_number();
    store::Numbers(store.scope).insert(before);
    updates::NumberSettings settings;
    settings.owner = "ana";
    const sms::Number after = updates::with_settings(before, settings);
    CHECK_FALSE(updates::concerns_provider(before, after));

    updates::apply_settings(store.scope, nullptr, clock, before, after);
    CHECK(store::Numbers(store.scope).by_address(before.address)->owner == "ana");
    const auto events = store::EventLog(store.scope).list({});
    REQUIRE(events.size() == 1);
    CHECK(events.front().kind == sms::EventKind::change);
    CHECK(events.front().reason == "number +15550199, owner was '', is 'ana'");
}
