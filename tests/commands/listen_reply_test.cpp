#include "commands/listening.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using test::Listening;
using test::Run;
using test::run_smsctl;
using test::sid_1;
using test::sid_2;
using test::Traffic;

namespace {

/// What is between the tags of the reply's text; empty for no reply.
std::string reply_in(const http::Response& answer)
{
    constexpr std::string_view begin = "<Body>";
    const std::size_t from = answer.body.find(begin);
    if (from == std::string::npos)
        return {};
    const std::size_t text = from + begin.size();
    return answer.body.substr(text, answer.body.find("</Body>") - text);
}

} // namespace

TEST_CASE("listen --reply answers who writes; tail and the event show what was said")
{
    Traffic traffic;
    Listening listening(traffic,
                        {"--once", "--timeout", "20s", "--reply", "Thanks, {{name|friend}}!"});
    CHECK(reply_in(listening.answer_to(sid_1, "Hello")) == "Thanks, friend!");
    CHECK(listening.result().exit == 0);

    const auto messages = run_smsctl({"tail"}).records();
    REQUIRE(messages.size() == 2);
    CHECK(messages[1]["direction"] == "outbound");
    CHECK(messages[1]["body"] == "Thanks, friend!");
    CHECK(messages[1]["status"] == "in_doubt");
    const auto events = run_smsctl({"tail", "--kind", "event"}).records();
    bool found = false;
    for (const auto& event : events)
        if (event["object"] == "event" && !event["reply"].is_null()) {
            CHECK(event["reply"]["message"] == messages[1]["id"]);
            CHECK(event["reply"]["rule"].is_null());
            CHECK(event["reply"]["withheld"].is_null());
            found = true;
        }
    CHECK(found);
}

TEST_CASE("a rule that is added answers through a listen that runs already")
{
    Traffic traffic;
    Listening listening(traffic, {"--count", "3", "--timeout", "20s"});
    CHECK(reply_in(listening.answer_to(sid_1, "Hours")) == "");
    run_smsctl({"template", "add", "open", "-m", "{{keyword}}: 9 to 5"});
    CHECK(run_smsctl({"reply", "add", "hours", "--template", "open"}).exit == 0);
    CHECK(reply_in(listening.answer_to(sid_2, "Hours please")) == "hours: 9 to 5");
    CHECK(run_smsctl({"reply", "rm", "hours"}).exit == 0);
    CHECK(reply_in(listening.answer_to("SM00000000000000000000000000000003", "Hours")) == "");
    CHECK(listening.result().exit == 0);
}

TEST_CASE("what listen cannot answer with ends it before it begins")
{
    struct Case {
        std::string name;
        std::vector<std::string> arguments;
        int exit;
        std::string code;
    };
    const auto& row = GENERATE(values<Case>({
        {"a field no message has", {"--reply", "{{code}}"}, 2, "usage.reply_field"},
        {"a name without a default", {"--reply-template", "hello"}, 2, "usage.reply_field"},
        {"a template that is not there", {"--reply-template", "nowhere"}, 3, "not_found.template"},
        {"nothing", {"--reply", ""}, 2, "usage.body"},
        {"two replies", {"--reply", "a", "--reply-template", "hello"}, 2, "usage.excludes"},
        {"a reply beside the application's",
         {"--reply", "a", "--forward-to", "http://127.0.0.1:1/"},
         2,
         "usage.excludes"},
        {"a template beside the application's",
         {"--reply-template", "hello", "--forward-to", "http://127.0.0.1:1/"},
         2,
         "usage.excludes"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        Traffic traffic;
        run_smsctl({"template", "add", "hello", "-m", "Hello {{name}}"});
        std::vector<std::string> arguments = {
            "listen", "--addr", "127.0.0.1:0", "--timeout", "20s"};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        const Run run = run_smsctl(arguments);
        CHECK(run.exit == row.exit);
        CHECK(run.error()["code"] == row.code);
    }
}
