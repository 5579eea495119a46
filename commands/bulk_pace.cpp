// How a batch is submitted, as it was typed.
#include "commands/bulk_options.hpp"
#include "core/error.hpp"
#include "core/money.hpp"
#include "core/text.hpp"
#include "sms/batch.hpp"

#include <fmt/format.h>

namespace smsctl {

namespace {

constexpr int most_in_a_request = 10'000;

} // namespace

delivery::WorkOptions work_options(const PaceOptions& pace, const Workspace& workspace)
{
    delivery::WorkOptions options;
    options.mps = workspace.rate();
    if (!pace.mps.empty()) {
        const auto micros = parse_micros(pace.mps);
        if (!micros || *micros <= 0)
            throw usage_error("usage.rate",
                              fmt::format("{} is no rate", pace.mps),
                              "give segments a second, like 10 or 0.5");
        options.mps = static_cast<double>(*micros) / 1'000'000.0;
    }
    if (pace.concurrency) {
        constexpr int most = 1000;
        if (*pace.concurrency < 1 || *pace.concurrency > most)
            throw usage_error("usage.concurrency",
                              fmt::format("--concurrency is 1 to {}", most),
                              "the default is 50");
        options.concurrency = *pace.concurrency;
    }
    if (pace.batch_size) {
        if (*pace.batch_size < 1 || *pace.batch_size > most_in_a_request)
            throw usage_error("usage.batch_size",
                              fmt::format("--batch-size is 1 to {}", most_in_a_request),
                              "the default is 1000");
        options.bulk_rows = static_cast<std::size_t>(*pace.batch_size);
    }
    if (pace.max_failures.empty())
        return options;
    std::string_view number = pace.max_failures;
    const bool is_percent = number.ends_with('%');
    if (is_percent)
        number.remove_suffix(1);
    const auto value = text::to_integer(number);
    if (!value || *value < 1 || (is_percent && *value > 100))
        throw usage_error("usage.max_failures",
                          fmt::format("{} is no limit of failures", pace.max_failures),
                          "give a number like 10, or a part like 5%");
    options.max_failures.emplace();
    if (is_percent)
        options.max_failures->percent = static_cast<double>(*value);
    else
        options.max_failures->count = static_cast<int>(*value);
    return options;
}

void check_pace(const PaceOptions& pace, std::string_view via)
{
    const bool is_batch = via == sms::via_batch;
    if (is_batch && (!pace.mps.empty() || pace.concurrency))
        throw usage_error("usage.via",
                          "--rate and --concurrency do not go with --via batch",
                          "the provider paces what it took in one request; see --batch-size");
    if (!is_batch && pace.batch_size)
        throw usage_error(
            "usage.via", "--batch-size needs --via batch", "see --concurrency and --rate");
}

std::optional<std::int64_t> max_cost_micros(const PaceOptions& pace)
{
    if (pace.max_cost.empty())
        return std::nullopt;
    const auto micros = parse_micros(pace.max_cost);
    if (!micros || *micros < 0)
        throw usage_error(
            "usage.max_cost", fmt::format("{} is no amount", pace.max_cost), "give it like 12.50");
    return micros;
}

} // namespace smsctl
