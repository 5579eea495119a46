#pragma once

#include "delivery/list_plan.hpp"
#include "store/batches.hpp"
#include "store/messages.hpp"
#include "store/opt_outs.hpp"
#include "store/outbox.hpp"
#include "support/builders.hpp"
#include "support/fake_clock.hpp"
#include "templates/recipients.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <optional>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace smsctl::test {

inline const std::string first_sender = "+14155550100";
inline const std::string second_sender = "+14155550101";

/// A workspace with two numbers, and lists planned in it.
struct ListHouse : TestStore {
    ListHouse()
    {
        for (const std::string& address : {first_sender, second_sender}) {
            sms::Number number = make_number(address);
            store::Numbers(scope).insert(number);
        }
        set("from", first_sender);
    }

    void set(const std::string& setting, const std::string& value)
    {
        workspace.settings[setting] = value;
        scope = database.scope(workspace);
    }

    static delivery::ListOptions saying(const std::string& text = "Hi")
    {
        delivery::ListOptions options;
        options.source = "list.csv";
        options.text.emplace(text);
        return options;
    }

    /// "to" and so many numbers, each another.
    static std::string numbers(int count, int first = 0)
    {
        std::string list = "to\n";
        for (int i = first; i < first + count; ++i)
            list += fmt::format("+1415555{:04}\n", 2000 + i);
        return list;
    }

    /// The same with a column of keys, over several pieces of a plan.
    static std::string keyed(int count)
    {
        std::string list = "to,key\n";
        for (int i = 0; i < count; ++i)
            list += fmt::format("+1{}555{:04},k{}\n", 415 + i / 8000 * 47, 2000 + i % 8000, i);
        return list;
    }

    /// What `bulk` does with a list up to the batch.
    sms::Batch plan(const std::string& csv, delivery::ListOptions options = saying())
    {
        Judged judged(*this, csv, std::move(options));
        if (auto before = judged.plan.planned_before())
            return *before;
        return judged.plan.commit([](auto) {}, {}).value();
    }

    /// A list that was read and judged, and not committed yet, over a connection of its own.
    struct Judged {
        Judged(ListHouse& house, const std::string& csv, delivery::ListOptions options = saying())
            : database(house.reopen()),
              scope(database.scope(house.workspace)),
              plan(scope, house.clock, std::move(options))
        {
            std::istringstream in(csv);
            templates::Recipients list(in, {});
            const auto end = plan.read(
                list,
                [&](const templates::Problem& problem, const auto&) {
                    problems.push_back(fmt::format("{} {}", problem.record, problem.code));
                },
                [](auto) {},
                {});
            REQUIRE(end == delivery::ListEnd::whole);
            plan.judge();
        }
        store::Database database;
        store::Scope scope;
        delivery::ListPlan plan;
        std::vector<std::string> problems;
    };

    /// Another process plans the list, and dies once the first piece of it is stored.
    void plan_and_die(const std::string& csv, const delivery::ListOptions& options = saying())
    {
        const pid_t child = ::fork();
        if (child == 0) {
            store::Database own = reopen();
            store::Scope elsewhere = own.scope(workspace);
            delivery::ListPlan plan(elsewhere, clock, options);
            std::istringstream in(csv);
            templates::Recipients list(in, {});
            plan.read(
                list, [](const auto&, const auto&) {}, [](auto) {}, {});
            plan.judge();
            plan.commit([](auto) { ::_exit(0); }, {});
            ::_exit(1); // it fitted into one piece
        }
        int status = -1;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(status == 0);
    }

    /// The one number that `sql` asks for.
    std::int64_t count(const std::string& sql)
    {
        store::Statement statement = database.connection().prepare(sql);
        REQUIRE(statement.step());
        return statement.integer(0);
    }

    FakeClock clock;
};

} // namespace smsctl::test
