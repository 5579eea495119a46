// A scenario file: it is read, or it is a usage error that names its line.

#include "core/error.hpp"
#include "must.hpp"
#include "sim/scenario.hpp"

using namespace smsctl;
using fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    try {
        std::size_t before = 0;
        for (const auto& line : sim::parse_scenario(fuzz::text_of(data, size), "scenario")) {
            must(line.number > before, "lines come in their order");
            before = line.number;
            must(!line.verb.empty(), "a line has a verb");
            must(line.after >= Millis(0), "and a time to come");
            must(!http::contains(line.fields, "after"), "which is no field");
        }
    } catch (const Error& error) {
        must(error.code() == "usage.scenario", "what is wrong is the scenario");
        must(std::string_view(error.what()).starts_with("scenario:"), "and where");
    }
    return 0;
}
