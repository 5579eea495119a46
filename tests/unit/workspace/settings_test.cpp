#include "core/error.hpp"
#include "support/errors.hpp"
#include "workspace/workspace.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using test::error_of;

TEST_CASE("every setting takes its own example")
{
    for (const SettingKind& kind : setting_kinds()) {
        INFO(kind.name);
        CHECK_NOTHROW(check_setting(kind.name, kind.example));
        CHECK_FALSE(kind.meaning.empty());
    }
}

TEST_CASE("a setting refuses what is not of its kind")
{
    struct Row {
        const char* name;
        const char* value;
    };
    const auto row = GENERATE(Row{"from", "  "},
                              Row{"messaging-service", "MG123"},
                              Row{"messaging-service", "AC0123456789abcdef0123456789abcdef"},
                              Row{"messaging-service", "MG0123456789abcdef0123456789abcdeg"},
                              Row{"region", "USA"},
                              Row{"region", "4!"},
                              Row{"public-url", "sms.example.com"},
                              Row{"public-url", "ftp://sms.example.com"},
                              Row{"public-url", "https://"},
                              Row{"public-url", "https:///path"},
                              Row{"public-url", "https://a b"},
                              Row{"public-url", "https://host/?a=b"},
                              Row{"public-url", "https://user:secret@host"},
                              Row{"quiet-hours", "21:00"},
                              Row{"quiet-hours", "24:00-08:00"},
                              Row{"quiet-hours", "21:60-08:00"},
                              Row{"quiet-hours", "9:00-10:00"},
                              Row{"quiet-hours", "21:00-21:00"},
                              Row{"quiet-hours", "21:00-08:00-09:00"},
                              Row{"rate", "0"},
                              Row{"rate", "-1"},
                              Row{"rate", "ten"},
                              Row{"rate", "1e3"},
                              Row{"rate", "inf"},
                              Row{"rate", "nan"},
                              Row{"rate", "10/s"},
                              Row{"max-segments", "0"},
                              Row{"max-segments", "11"},
                              Row{"max-segments", "1.5"},
                              Row{"daily-cap", "-1"},
                              Row{"daily-cap", "$25"},
                              Row{"segment-price", ""},
                              Row{"media-max", "0"},
                              Row{"media-max", "1023"},
                              Row{"media-max", "101M"},
                              Row{"media-max", "104857601"},
                              Row{"media-max", "99999999999999M"},
                              Row{"media-max", "5G"},
                              Row{"media-max", "-1M"},
                              Row{"media-max", "M"},
                              Row{"api-base", "https://api.twilio.com"},
                              Row{"api-base", "http://127.0.0.1.example.com"},
                              Row{"api-base", "http://127.0.0.1@example.com"},
                              Row{"api-base", "http://127.0.0.1:99999"},
                              Row{"api-base", "http://localhost.example.com"},
                              Row{"api-base", "http://0.0.0.0:80"},
                              Row{"api-base", "http://128.0.0.1"});
    DYNAMIC_SECTION(row.name << "=" << row.value)
    {
        const Error error = error_of([&] { check_setting(row.name, row.value); });
        CHECK(error.code() == "usage.setting");
        CHECK_THAT(error.what(), Catch::Contains(row.name));
        CHECK_THAT(error.hint(), Catch::Contains(row.name));
    }
}

TEST_CASE("a setting takes the less usual ways to write it")
{
    struct Row {
        const char* name;
        const char* value;
    };
    for (const Row& row : {Row{"region", "de"},
                           Row{"quiet-hours", "00:00-06:30"},
                           Row{"rate", "0.5"},
                           Row{"daily-cap", "0"},
                           Row{"media-max", "1024"},
                           Row{"media-max", "512K"},
                           Row{"media-max", "100M"},
                           Row{"api-base", "http://localhost"},
                           Row{"api-base", "http://[::1]:8080/v1"},
                           Row{"api-base", "https://127.1.2.3:1"},
                           Row{"public-url", "http://[2001:db8::1]:8080/hooks"}}) {
        INFO(row.name << "=" << row.value);
        CHECK_NOTHROW(check_setting(row.name, row.value));
    }
}

TEST_CASE("an unknown setting is answered with the nearest one")
{
    const Error near = error_of([] { check_setting("quiet-hour", "21:00-08:00"); });
    CHECK(near.code() == "usage.unknown_setting");
    CHECK_THAT(near.hint(), Catch::Contains("quiet-hours"));
    const Error far = error_of([] { check_setting("xyzzy-plugh-frobnicate", "1"); });
    CHECK_THAT(far.hint(), !Catch::Contains("did you mean"));
}

TEST_CASE("a workspace reads its settings, or what holds without them")
{
    Workspace workspace;
    CHECK(workspace.region() == "US");
    CHECK(workspace.max_segments() == 10);
    CHECK(workspace.setting("from").empty());
    CHECK_FALSE(workspace.quiet_hours());
    CHECK_FALSE(workspace.daily_cap_micros());
    CHECK_FALSE(workspace.segment_price_micros());
    CHECK_FALSE(workspace.rate());
    CHECK(workspace.media_max() == 5'242'880);
    workspace.settings = {{"region", "de"},
                          {"max-segments", "6"},
                          {"quiet-hours", "21:15-08:00"},
                          {"daily-cap", "25.00"},
                          {"segment-price", "0.0079"},
                          {"rate", "2.5"},
                          {"media-max", "512K"}};
    CHECK(workspace.region() == "DE");
    CHECK(workspace.max_segments() == 6);
    CHECK(workspace.quiet_hours()->from == 21 * 60 + 15);
    CHECK(workspace.quiet_hours()->to == 8 * 60);
    CHECK(workspace.daily_cap_micros() == 25'000'000);
    CHECK(workspace.segment_price_micros() == 7900);
    CHECK(workspace.rate() == 2.5);
    CHECK(workspace.media_max() == 524'288);
}
