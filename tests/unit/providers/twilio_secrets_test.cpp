#include "core/crypto.hpp"
#include "providers/twilio/client.hpp"
#include "unit/providers/twilio_far_end.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace smsctl::providers;
using namespace smsctl::test;

TEST_CASE("no secret is in an error or a trace, even when the far end repeats it")
{
    FakeClock clock;
    const std::string basic = crypto::base64(account_id + ":" + auth_token);
    const auto echo = GENERATE_COPY(auth_token, basic);
    http::ServerResponse response = refusal(400, 29999, "you sent " + echo + " and " + echo);
    response.headers.emplace_back("Twilio-Request-Id", echo);
    FarEnd far_end({response});
    std::string seen;
    ProviderConfig config = far_end.config(clock);
    config.trace = [&](std::string_view line) { seen += std::string(line) + "\n"; };
    twilio::Client client("twilio", config);

    MessageFilter filter;
    filter.to = "+14155550123";
    const Error error = error_from([&] { client.list_messages(filter, ""); });
    seen += error.what() + error.hint() + error.provider()->request_id;
    Outgoing message;
    message.to = "+14155550123";
    message.body = "s3cret text";
    const auto outcome = submit(client, message);
    const ProviderError& refused = std::get<Rejected>(outcome).error;
    seen += refused.message + refused.meaning + refused.advice;

    CHECK(seen.find("> GET /2010") != std::string::npos);
    CHECK(seen.find("%2Bxxxxxxxxx23") != std::string::npos);
    CHECK(seen.find(auth_token) == std::string::npos);
    CHECK(seen.find(basic) == std::string::npos);
    CHECK(seen.find("14155550123") == std::string::npos);
    CHECK(seen.find("s3cret text") == std::string::npos);
}

TEST_CASE("a trace shows the last two digits of a number and leaves SIDs alone")
{
    struct Row {
        const char* name;
        std::string line;
        std::string masked;
    };
    const auto row = GENERATE_COPY(
        Row{"escaped plus", "To=%2B14155550123&x=1", "To=%2Bxxxxxxxxx23&x=1"},
        Row{"lower-case escape", "To=%2b14155550123", "To=%2bxxxxxxxxx23"},
        Row{"plain", "from +14155550123 to 15005550006", "from +xxxxxxxxx23 to xxxxxxxxx06"},
        Row{"SID of digits", "/" + account_id + "/x", "/" + account_id + "/x"},
        Row{"hash", "a1234567890b 12345678f", "a1234567890b 12345678f"},
        Row{"short numbers", "PageSize=1000 127.0.0.1:41234", "PageSize=1000 127.0.0.1:41234"});
    DYNAMIC_SECTION(row.name)
    {
        CHECK(twilio::mask_numbers(row.line) == row.masked);
    }
}
