#include "sms/reply_keyword.hpp"
#include "store/messages.hpp"
#include "store/opt_outs.hpp"
#include "support/builders.hpp"
#include "support/vectors.hpp"
#include "unit/webhook/running_listener.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

// tests/vectors/optout.json through a running listener: what a text does to the opt-outs, whatever
// the provider says of it beside, and what is replied.

using namespace smsctl;
using nlohmann::json;

namespace {

/// What one webhook did.
struct Effect {
    std::string keyword; ///< "stop", "start" or "none" by the opt-outs
    bool replied = false;
};

/// A listener that answers every text it may, and somebody new for each text.
class World {
public:
    World() : m_running([](webhook::ListenerOptions& options) { options.reply.text = "Hi"; }) {}

    /// `opted_out`: before the text comes.
    Effect receive(const std::string& body, const std::string& type, bool opted_out)
    {
        const std::string from = fmt::format("+1415555{:04}", ++m_texts);
        store::Scope scope = m_running.scope();
        if (opted_out)
            store::OptOuts(scope).add(from, test::hook_number, "before", m_running.clock.now());
        http::Form form = test::inbound_form(test::sid(m_texts), body);
        form[2].second = from;
        if (!type.empty())
            form.emplace_back("OptOutType", type);
        const http::Response answer = test::answer_to(test::form_post(m_running.url(), form));
        REQUIRE(answer.status == 200);
        REQUIRE(store::Messages(scope).by_provider_id(test::sid(m_texts))->body == body);
        const bool is_out = store::OptOuts(scope).find(from, test::hook_number).has_value();
        return {is_out == opted_out ? "none" : (is_out ? "stop" : "start"),
                answer.body.find("<Message") != std::string::npos};
    }

private:
    test::RunningListener m_running;
    int m_texts = 0;
};

std::set<std::string> accepted(const json& vector)
{
    if (vector.contains("accept"))
        return vector.at("accept").get<std::set<std::string>>();
    return {vector.at("expect").get<std::string>()};
}

} // namespace

TEST_CASE("every published body does to the opt-outs of a running listener what it asks for",
          "[vectors]")
{
    World world;
    const json vectors = test::read_vectors("optout.json");
    REQUIRE(vectors.size() >= 80);
    for (const json& vector : vectors) {
        const std::string body = vector.at("body");
        const std::set<std::string> expected = accepted(vector);
        const Effect fresh = world.receive(body, "", false);
        const Effect opted_out = world.receive(body, "", true);
        INFO(vector.at("id").get<std::string>()
             << " \"" << body << "\": " << fresh.keyword << ", opted out: " << opted_out.keyword
             << (fresh.replied ? ", replied" : ""));
        const bool may_stop = expected.contains("stop");
        const bool may_start = expected.contains("start");
        const bool may_be_none = expected.contains("none") || expected.contains("help");
        CHECK((fresh.keyword == "stop" ? may_stop : may_be_none || may_start));
        CHECK((opted_out.keyword == "start" ? may_start : may_be_none || may_stop));
        CHECK_FALSE(opted_out.replied);
        if (fresh.replied)
            CHECK(expected.contains("none"));
        else // what looks like an opt-out word gets no answer either
            CHECK(sms::keyword(sms::fold_keyword(body)) != sms::Keyword::none);
    }
}

TEST_CASE("the provider's OptOutType comes before what the text says", "[vectors]")
{
    World world;
    const json vectors = test::read_vectors("optout.json");
    for (const json& vector : vectors) {
        const std::string body = vector.at("body");
        INFO(vector.at("id").get<std::string>() << " \"" << body << "\"");
        const Effect stop = world.receive(body, "STOP", false);
        CHECK(stop.keyword == "stop");
        CHECK_FALSE(stop.replied);
        const Effect start = world.receive(body, "START", true);
        CHECK(start.keyword == "start");
        CHECK_FALSE(start.replied);
        const Effect help = world.receive(body, "HELP", false);
        CHECK(help.keyword == "none");
        CHECK_FALSE(help.replied);
        CHECK(world.receive(body, "HELP", true).keyword == "none");
    }
}
