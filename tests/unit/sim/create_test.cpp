#include "sim/create.hpp"
#include "support/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace smsctl;
using namespace smsctl::sim;

namespace {

const Instant now = test::FakeClock().now(); // 2026-03-02T10:11:12.345Z
const std::string service = "MG5100000000000000000000000000051a";

/// A good create with `changes` put in; an empty value takes the field out.
http::Form form_with(const http::Form& changes)
{
    http::Form form{{"To", "+14155552671"}, {"From", "+15005550006"}, {"Body", "hello"}};
    for (const auto& change : changes)
        std::erase_if(form, [&](const auto& field) { return field.first == change.first; });
    for (const auto& change : changes)
        if (!change.second.empty())
            form.push_back(change);
    return form;
}

std::variant<Message, Problem> create(const http::Form& changes)
{
    Account account(0, now);
    account.opt_outs().insert({"+15005550006", "+14155550199"});
    return create_message(form_with(changes), account, now);
}

Message created(const http::Form& changes)
{
    const auto made = create(changes);
    if (const auto* problem = std::get_if<Problem>(&made))
        FAIL(problem->message);
    return std::get<Message>(made);
}

http::Form eleven_pictures()
{
    return http::Form(11, {"MediaUrl", "https://x.test/a.png"});
}

} // namespace

TEST_CASE("a create that cannot be is refused with Twilio's code and words")
{
    struct Row {
        std::string name;
        http::Form changes;
        int code;
        std::string words;
        int http = 400;
    };
    const std::string wide(1601, 'a');
    const auto row = GENERATE_REF(values<Row>({
        {"no recipient", {{"To", ""}}, 21604, "A 'To' phone number is required."},
        {"no sender", {{"From", ""}}, 21603, "A 'From' phone number is required."},
        {"no content", {{"Body", ""}}, 21602, "Message body is required."},
        {"empty media", {{"Body", ""}, {"MediaUrl", ""}}, 21602, "Message body is required."},
        {"a recipient that is no number",
         {{"To", "123"}},
         21211,
         "The 'To' number 123 is not a valid phone number."},
        {"a short code as recipient", {{"To", "12345"}}, 21265, "Short Code"},
        {"the magic invalid recipient", {{"To", "+15005550001"}}, 21211, "+15005550001"},
        {"the magic unroutable recipient",
         {{"To", "+15005550002"}},
         21612,
         "The 'To' phone number: +15005550002, is not currently reachable using the 'From' phone "
         "number: +15005550006 via SMS."},
        {"the same with media",
         {{"To", "+15005550002"}, {"MediaUrl", "https://x.test/a.png"}},
         21612,
         "via MMS."},
        {"the magic closed region", {{"To", "+15005550003"}}, 21408, "region"},
        {"the magic opted-out recipient", {{"To", "+15005550004"}}, 21610, "unsubscribed"},
        {"a recipient who said STOP", {{"To", "+14155550199"}}, 21610, "unsubscribed"},
        {"the magic landline",
         {{"To", "+15005550009"}},
         21614,
         "To number: +15005550009, is not a mobile number"},
        {"the magic invalid sender",
         {{"From", "+15005550001"}},
         21212,
         "The 'From' number +15005550001 is not a valid phone number, shortcode, or alphanumeric "
         "sender ID."},
        {"the magic foreign sender",
         {{"From", "+15005550007"}},
         21606,
         "The From phone number +15005550007 is not a valid, SMS-capable inbound phone number or "
         "short code for your account."},
        {"the magic full queue", {{"From", "+15005550008"}}, 21611, "SMS queue is full.", 429},
        {"somebody else's sender", {{"From", "+14155559999"}}, 21606, "+14155559999"},
        {"our number without SMS", {{"From", "+14155550102"}}, 21606, "SMS-capable"},
        {"media from a number without MMS",
         {{"From", "+14155550101"}, {"MediaUrl", "https://x.test/a.png"}},
         21612,
         "via MMS."},
        {"a name as sender to North America", {{"From", "ACME"}}, 21612, "ACME"},
        {"a WhatsApp sender that is not ours",
         {{"From", "whatsapp:+14155559999"}},
         63007,
         "Channel"},
        {"sender and recipient the same", {{"To", "+15005550006"}}, 21266, "same"},
        {"a malformed service", {{"MessagingServiceSid", "MGx"}}, 21705, "MGx"},
        {"the service that does not exist",
         {{"MessagingServiceSid", "MG00000000000000000000000000000000"}},
         21701,
         "does not exist",
         404},
        {"1601 characters",
         {{"Body", wide}},
         21617,
         "The concatenated message body exceeds the 1600 character limit"},
        {"eleven media", eleven_pictures(), 21623, "media"},
        {"a media URL without scheme", {{"MediaUrl", "x.test/a.png"}}, 21620, "x.test/a.png"},
        {"a bad callback URL", {{"StatusCallback", "nowhere"}}, 21609, "nowhere"},
        {"a validity of nothing", {{"ValidityPeriod", "0"}}, 21624, "0"},
        {"a validity over ten hours", {{"ValidityPeriod", "36001"}}, 21624, "36001"},
        {"a schedule without a service",
         {{"ScheduleType", "fixed"}, {"SendAt", "2026-03-02T11:00:00Z"}},
         35118,
         "MessagingServiceSid"},
        {"a schedule without a time",
         {{"MessagingServiceSid", service}, {"ScheduleType", "fixed"}},
         35111,
         "SendAt"},
        {"a schedule of another type",
         {{"MessagingServiceSid", service}, {"ScheduleType", "daily"}},
         35126,
         "fixed"},
        {"a schedule 899 seconds ahead",
         {{"MessagingServiceSid", service},
          {"ScheduleType", "fixed"},
          {"SendAt", "2026-03-02T10:26:11Z"}},
         35114,
         "900"},
        {"a schedule past 35 days",
         {{"MessagingServiceSid", service},
          {"ScheduleType", "fixed"},
          {"SendAt", "2026-04-06T10:11:13Z"}},
         35114,
         "35 days"},
        {"a schedule that is no time",
         {{"MessagingServiceSid", service}, {"ScheduleType", "fixed"}, {"SendAt", "tomorrow"}},
         35114,
         "SendAt"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const auto made = create(row.changes);
        REQUIRE(std::holds_alternative<Problem>(made));
        const Problem& problem = std::get<Problem>(made);
        CHECK(problem.code == row.code);
        CHECK(problem.http == row.http);
        CHECK_THAT(problem.message, Catch::Contains(row.words));
    }
}

TEST_CASE("the first reason in the documented order is the one that is given")
{
    struct Row {
        std::string name;
        http::Form changes;
        int code;
    };
    const auto row = GENERATE(values<Row>({
        {"recipient before sender", {{"To", ""}, {"From", ""}}, 21604},
        {"sender before content", {{"From", ""}, {"Body", ""}}, 21603},
        {"content before the recipient's form", {{"To", "123"}, {"Body", ""}}, 21602},
        {"recipient's form before sender's", {{"To", "123"}, {"From", "+15005550001"}}, 21211},
        {"sender's form before opt-out", {{"To", "+15005550004"}, {"From", "+15005550001"}}, 21212},
        {"ownership before opt-out", {{"To", "+15005550004"}, {"From", "+15005550007"}}, 21606},
        {"region before queue", {{"To", "+15005550003"}, {"From", "+15005550008"}}, 21408},
    }));
    DYNAMIC_SECTION(row.name)
    {
        CHECK(std::get<Problem>(create(row.changes)).code == row.code);
    }
}

TEST_CASE("a plain create is queued, one through a service accepted, one for later scheduled")
{
    const Message plain = created({});
    CHECK(plain.status == "queued");
    CHECK(plain.segments == 1);

    const Message through_service = created({{"From", ""}, {"MessagingServiceSid", service}});
    CHECK(through_service.status == "accepted");
    CHECK(through_service.from.empty());
    CHECK(through_service.segments == 0);

    const auto send_at = GENERATE("2026-03-02T10:26:12Z", "2026-04-06T10:11:12Z");
    const Message later = created({{"From", ""},
                                   {"MessagingServiceSid", service},
                                   {"ScheduleType", "fixed"},
                                   {"SendAt", send_at}});
    CHECK(later.status == "scheduled");
}

TEST_CASE("media makes an MM message of one segment")
{
    const Message message = created({{"Body", ""}, {"MediaUrl", "https://x.test/a.png"}});
    CHECK(message.sid.starts_with("MM"));
    CHECK(message.segments == 1);
    REQUIRE(message.media.size() == 1);
    CHECK(message.media[0].content_type == "image/png");
}

TEST_CASE("1600 UTF-16 units fit, however many bytes they take")
{
    std::string text;
    for (int i = 0; i < 800; ++i)
        text += "\xF0\x9F\x98\x80"; // one emoji, two units
    CHECK(created({{"Body", text}}).body == text);
    CHECK(std::get<Problem>(create({{"Body", text + "a"}})).code == 21617);
}

TEST_CASE("smart encoding changes the text before it is counted")
{
    const Message message =
        created({{"Body", "\xE2\x80\x9Chi\xE2\x80\x9D"}, {"SmartEncoded", "true"}});
    CHECK(message.body == "\"hi\"");
}

TEST_CASE("a national number is read at home in the sender's country")
{
    CHECK(created({{"To", "4155552671"}}).to == "+14155552671");
}
