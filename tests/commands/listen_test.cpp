#include "commands/traffic.hpp"
#include "http/client.hpp"
#include "http/form.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <sys/wait.h>
#include <unistd.h>

using namespace smsctl;
using test::Run;
using test::run_smsctl;
using test::Traffic;

namespace {

constexpr Millis patience = std::chrono::seconds(20);

/// What the ready file says, once it is there.
nlohmann::json wait_for_ready(const std::filesystem::path& file)
{
    SystemClock clock;
    const Instant until = clock.now() + patience;
    while (!std::filesystem::exists(file)) {
        if (clock.now() > until)
            throw std::runtime_error("listen never was ready");
        clock.wait(Millis(5), {});
    }
    std::ifstream in(file);
    return nlohmann::json::parse(in);
}

int post(const std::string& url, const http::Form& form, const std::string& token)
{
    http::Request request;
    request.method = "POST";
    request.url = url;
    request.body = http::encode_form(form);
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                       {"X-Twilio-Signature", providers::twilio::sign(url, form, token)}};
    request.timeout = patience;
    const http::Result result = http::Client("test").perform(request);
    const auto* response = std::get_if<http::Response>(&result);
    return response == nullptr ? 0 : response->status;
}

/// A `listen` on another thread, and who posts to it.
class Listening {
public:
    Listening(Traffic& traffic, std::vector<std::string> arguments)
        : m_traffic(traffic), m_ready((traffic.home.path() / "ready.json").string())
    {
        arguments.insert(arguments.begin(),
                         {"listen", "--addr", "127.0.0.1:0", "--ready-file", m_ready});
        m_run = std::async(std::launch::async, [arguments] { return run_smsctl(arguments); });
        url = wait_for_ready(m_ready).at("url");
    }

    int receive(const std::string& sid,
                const std::string& body,
                const std::string& token = "smsctl-test-token")
    {
        return post(url,
                    {{"MessageSid", sid},
                     {"AccountSid", m_traffic.account_id},
                     {"From", test::their_number},
                     {"To", test::our_number},
                     {"Body", body},
                     {"SmsStatus", "received"}},
                    token);
    }
    int report(const std::string& sid, const std::string& status)
    {
        return post(url,
                    {{"MessageSid", sid},
                     {"AccountSid", m_traffic.account_id},
                     {"From", test::our_number},
                     {"To", test::their_number},
                     {"MessageStatus", status}},
                    "smsctl-test-token");
    }
    Run result() { return m_run.get(); }

    std::string url;

private:
    Traffic& m_traffic;
    std::string m_ready;
    std::future<Run> m_run;
};

const std::string sid_1 = "SM00000000000000000000000000000001";
const std::string sid_2 = "SM00000000000000000000000000000002";

} // namespace

TEST_CASE("listen --once prints one record, has it stored and exits 0")
{
    Traffic traffic;
    Listening listening(traffic, {"--once", "--timeout", "20s"});
    CHECK(listening.receive(sid_1, "Hello") == 200);
    const Run run = listening.result();
    CHECK(run.exit == 0);
    const auto record = run.record();
    CHECK(record["object"] == "message");
    CHECK(record["body"] == "Hello");
    CHECK(record["workspace"] == "prod");
    CHECK(record["seq"].get<int>() > 0);
    CHECK(run_smsctl({"tail"}).record()["id"] == record["id"]);
}

TEST_CASE("listen --match waits for the record that fits; refused and repeated ones do not count")
{
    Traffic traffic;
    Listening listening(traffic,
                        {"--once",
                         "--match",
                         R"(body~\b[0-9]{6}\b)",
                         "--match",
                         "direction=inbound",
                         "--print",
                         "{{body}}",
                         "--timeout",
                         "20s"});
    CHECK(listening.receive(sid_1, "Hello") == 200);
    CHECK(listening.receive(sid_1, "code 111111") == 200); // a repeat of another text
    CHECK(listening.receive(sid_2, "code 222222", "guessed") == 403);
    CHECK(listening.receive(sid_2, "code 333333") == 200);
    const Run run = listening.result();
    CHECK(run.exit == 0);
    CHECK(run.out == "code 333333\n");
}

TEST_CASE("listen --count counts texts and status changes alike")
{
    Traffic traffic;
    traffic.add_sent(sid_1, sms::Status::queued);
    Listening listening(traffic, {"--count", "2", "--timeout", "20s"});
    CHECK(listening.report(sid_1, "sent") == 200);
    CHECK(listening.report(sid_1, "sent") == 200);
    CHECK(listening.receive(sid_2, "Hello") == 200);
    const Run run = listening.result();
    CHECK(run.exit == 0);
    const auto records = run.records();
    REQUIRE(records.size() == 2);
    CHECK(records[0]["object"] == "event");
    CHECK(records[0]["status"] == "sent");
    CHECK(records[1]["object"] == "message");
}

TEST_CASE("listen without an end prints whatever comes until --timeout, which is exit 8")
{
    Traffic traffic;
    Listening listening(traffic, {"--timeout", "3s"});
    CHECK(listening.receive(sid_1, "Hello", "guessed") == 403);
    CHECK(listening.receive(sid_1, "Hello") == 200);
    const Run run = listening.result();
    CHECK(run.exit == 8);
    const auto records = run.records();
    REQUIRE(records.size() == 2);
    CHECK(records[0]["object"] == "event");
    CHECK(records[0]["kind"] == "refused");
    CHECK(records[0]["reason"].get<std::string>().find("signature") != std::string::npos);
    CHECK(records[1]["object"] == "message");
}

TEST_CASE("what listen refuses to begin with")
{
    struct Case {
        std::string name;
        std::vector<std::string> arguments;
        std::string code;
    };
    const auto& row = GENERATE(values<Case>({
        {"a Unix socket, not yet", {"--addr", "unix:/tmp/x"}, "usage.addr"},
        {"an address that is none", {"--addr", "nowhere"}, "usage.addr"},
        {"a path without a slash", {"--path", "hook"}, "usage.path"},
        {"waiting for nothing", {"--count", "0"}, "usage.value"},
        {"a field no record has", {"--once", "--match", "bdy=x"}, "usage.fields"},
        {"unsigned requests from everywhere",
         {"--addr", "0.0.0.0:0", "--allow-unsigned"},
         "usage.allow_unsigned"},
        {"unsigned requests through a tunnel",
         {"--addr", "127.0.0.1:0", "--allow-unsigned", "--public-url", "https://sms.example"},
         "usage.allow_unsigned"},
        {"a public URL that is none", {"--public-url", "foo"}, "usage.setting"},
        {"a database in memory", {"--db", ":memory:"}, "usage.db"},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const Traffic traffic;
        std::vector<std::string> arguments = {"listen", "--timeout", "20s"};
        arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
        const Run run = run_smsctl(arguments);
        CHECK(run.exit == 2);
        CHECK(run.error()["code"] == row.code);
    }
}

TEST_CASE("SIGTERM ends listen with 0, and with 8 while something is awaited")
{
    const bool awaited = GENERATE(false, true);
    const Traffic traffic;
    const std::string ready = (traffic.home.path() / "ready.json").string();
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        std::vector<std::string> arguments = {
            "listen", "--addr", "127.0.0.1:0", "--ready-file", ready};
        if (awaited)
            arguments.emplace_back("--once");
        std::_Exit(run_smsctl(arguments).exit);
    }
    CHECK(wait_for_ready(ready).at("pid") == child);
    ::kill(child, SIGTERM);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == (awaited ? 8 : 0));
}
