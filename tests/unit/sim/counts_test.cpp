#include "support/running_sim.hpp"

using namespace smsctl;
using test::RunningSim;

namespace {

http::Form message_to(const std::string& to, const std::string& body = "hello")
{
    return {{"To", to}, {"From", "+15005550006"}, {"Body", body}};
}

nlohmann::json counts(RunningSim& far_end)
{
    return far_end.json(200, "GET", "/sim/counts");
}

} // namespace

TEST_CASE("counts of nothing are zeros")
{
    RunningSim far_end;
    const auto none = counts(far_end);
    CHECK(none["creates"] == 0);
    CHECK(none["recipients"] == 0);
    CHECK(none["repeats"] == 0);
    CHECK(none["first_create_at"].is_null());
    CHECK(none["in_flight"] == 0);
}

TEST_CASE("counts tell who got several messages, and who got the same one again")
{
    RunningSim far_end;
    far_end.create(message_to("+14155552671"));
    far_end.create(message_to("+14155552672", "one"));
    far_end.create(message_to("+14155552672", "two"));
    for (int i = 0; i < 3; ++i)
        far_end.create(message_to("+14155552673", "the same"));
    const auto all = counts(far_end);
    CHECK(all["creates"] == 6);
    CHECK(all["recipients"] == 3);
    CHECK(all["recipients_with_several"] == 2);
    CHECK(all["repeats"] == 2);
    CHECK(all["repeated"] == nlohmann::json{{"+14155552673", 2}});
}

TEST_CASE("what is refused or lost is counted by how it ended, not among the creates")
{
    RunningSim far_end;
    far_end.create(message_to("+14155552671"));
    far_end.json(400, "POST", far_end.path("/Messages.json"), message_to("+15005550001"));
    far_end.json(200, "POST", "/sim/faults", {{"kind", "reset_before"}});
    far_end.perform("POST", far_end.path("/Messages.json"), message_to("+14155552671"));
    const auto all = counts(far_end);
    CHECK(all["creates"] == 1);
    CHECK(all["answers"] == nlohmann::json{{"201", 1}, {"400", 1}, {"reset", 1}});
    CHECK(all["faults"] == nlohmann::json{{"reset_before", 1}});
    CHECK(all["peak_in_flight"] == 1);
}

TEST_CASE("a sender's rate is counted in segments, at its busiest second")
{
    RunningSim far_end;
    const std::string two_segments(161, 'a');
    far_end.create(message_to("+14155552671", two_segments));
    far_end.create(message_to("+14155552672"));
    far_end.json(200, "POST", "/sim/clock", {{"advance", "1h"}});
    far_end.create(message_to("+14155552673"));
    const auto sender = counts(far_end)["senders"]["+15005550006"];
    CHECK(sender["messages"] == 3);
    CHECK(sender["segments"] == 4);
    CHECK(sender["peak_segments_per_second"] == 3);
}

TEST_CASE("requests that wait for their answer are in flight together")
{
    RunningSim far_end;
    far_end.json(200, "POST", "/sim/faults", {{"kind", "hang"}, {"count", "3"}});
    far_end.timeout = Millis(50);
    for (int i = 0; i < 3; ++i)
        far_end.perform("POST", far_end.path("/Messages.json"), message_to("+14155552671"));
    far_end.timeout = std::chrono::seconds(5);
    const auto all = counts(far_end);
    CHECK(all["creates"] == 3);
    CHECK(all["in_flight"] == 3);
    CHECK(all["peak_in_flight"] == 3);
}
