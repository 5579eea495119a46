#include "core/money.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

using namespace smsctl;

TEST_CASE("an amount is written with the decimals it needs")
{
    CHECK(decimal(7'900) == "0.0079");
    CHECK(decimal(-12'500'000) == "-12.5");
    CHECK(decimal(0) == "0");
    CHECK(decimal(1) == "0.000001");
    CHECK(decimal(-1) == "-0.000001");
    CHECK(decimal(100'000'000) == "100");
    CHECK(decimal(std::numeric_limits<std::int64_t>::min()) == "-9223372036854.775808");
}

TEST_CASE("an amount is read exactly or not at all")
{
    struct Row {
        std::string text;
        std::optional<std::int64_t> micros;
    };
    const auto row = GENERATE(values<Row>({
        {"0.0079", 7'900},
        {"-0.00790", -7'900},
        {"25", 25'000'000},
        {"25.00", 25'000'000},
        {"1000000.000000", 1'000'000'000'000},
        {"9223372036843.775807", 9'223'372'036'843'775'807},
        {".5", 500'000},
        {"0.0000010000", 1},
        {"0.0000001", std::nullopt},
        {"99999999999999999999", std::nullopt},
        {"9999999999999", std::nullopt},
        {"", std::nullopt},
        {".", std::nullopt},
        {"-", std::nullopt},
        {"--1", std::nullopt},
        {"+1", std::nullopt},
        {"1.2.3", std::nullopt},
        {"1,5", std::nullopt},
        {"1e3", std::nullopt},
        {" 1", std::nullopt},
    }));
    DYNAMIC_SECTION('"' << row.text << '"')
    {
        CHECK(parse_micros(row.text) == row.micros);
    }
}
