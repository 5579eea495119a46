#include "sms/status.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <optional>

using smsctl::sms::advance;
using smsctl::sms::Status;

namespace {

constexpr std::array all{Status::planned,
                         Status::blocked,
                         Status::submitting,
                         Status::in_doubt,
                         Status::rejected,
                         Status::scheduled,
                         Status::accepted,
                         Status::queued,
                         Status::sending,
                         Status::sent,
                         Status::delivered,
                         Status::read,
                         Status::undelivered,
                         Status::failed,
                         Status::canceled,
                         Status::expired,
                         Status::received};

struct Step {
    const char* name;
    Status current;
    Status reported;
    std::optional<Status> next;
};

} // namespace

TEST_CASE("a report moves a message on only when its stage is higher", "[status]")
{
    const auto step = GENERATE(values<Step>({
        {"queued is sent", Status::queued, Status::sent, Status::sent},
        {"queued is delivered, sent was lost",
         Status::queued,
         Status::delivered,
         Status::delivered},
        {"a late sent after delivered", Status::delivered, Status::sent, std::nullopt},
        {"a repeat", Status::sent, Status::sent, std::nullopt},
        {"delivered is read", Status::delivered, Status::read, Status::read},
        {"a late delivered after read", Status::read, Status::delivered, std::nullopt},
        {"undelivered is not read", Status::undelivered, Status::read, std::nullopt},
        {"two final words: the first stays", Status::undelivered, Status::delivered, std::nullopt},
        {"in doubt, and then a callback", Status::in_doubt, Status::sent, Status::sent},
        {"submitting, and a callback beat the answer",
         Status::submitting,
         Status::delivered,
         Status::delivered},
        {"scheduled is queued", Status::scheduled, Status::queued, Status::queued},
        {"scheduled is canceled", Status::scheduled, Status::canceled, Status::canceled},
        {"sent without delivered is read", Status::sent, Status::read, Status::read},
    }));
    DYNAMIC_SECTION(step.name)
    {
        CHECK(advance(step.current, step.reported) == step.next);
    }
}

TEST_CASE("whatever is reported in whatever order, a message never moves back", "[status]")
{
    for (const Status current : all)
        for (const Status first : all)
            for (const Status second : all) {
                const Status after = advance(current, first).value_or(current);
                const auto then = advance(after, second);
                if (smsctl::sms::is_final(after) && then)
                    CHECK((*then == Status::read));
                if (then)
                    CHECK_FALSE(advance(*then, after).has_value());
            }
}

TEST_CASE("every status has a word of its own and is read back from it", "[status]")
{
    for (const Status status : all)
        CHECK(smsctl::sms::parse_status(smsctl::sms::word(status)) == status);
    CHECK_FALSE(smsctl::sms::parse_status("teleported").has_value());
}

TEST_CASE("a failure is final and did not arrive", "[status]")
{
    CHECK(smsctl::sms::is_failure(Status::undelivered));
    CHECK(smsctl::sms::is_failure(Status::rejected));
    CHECK(smsctl::sms::is_failure(Status::expired));
    CHECK_FALSE(smsctl::sms::is_failure(Status::delivered));
    CHECK_FALSE(smsctl::sms::is_failure(Status::sent));
    CHECK_FALSE(smsctl::sms::is_failure(Status::in_doubt));
}
