#include "providers/registry.hpp"
#include "unit/providers/twilio_far_end.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace smsctl::providers;
using namespace smsctl::test;

TEST_CASE("providers are known by name, and the simulator needs an address")
{
    FakeClock clock;
    ProviderConfig config;
    config.clock = &clock;
    config.account_id = account_id;
    CHECK(names().size() == 2);
    CHECK(make_provider("twilio", config) != nullptr);
    CHECK(error_from([&] { make_provider("sim", config); }).code() == "usage.api_base");
    config.api_base = "127.0.0.1:1";
    CHECK(error_from([&] { make_provider("sim", config); }).code() == "usage.api_base");
    config.api_base = "http://127.0.0.1:1/";
    CHECK(make_provider("sim", config) != nullptr);
    CHECK(error_from([&] { make_provider("carrier-pigeon", config); }).code() == "usage.provider");
    CHECK(error_from([] { webhooks("carrier-pigeon"); }).exit() == Exit::usage);
    CHECK(recognise({"POST", {}, {{"X-Twilio-Signature", "x"}}, ""}) == &webhooks("sim"));
    CHECK(recognise({"POST", {}, {}, "a=b"}) == nullptr);
}
