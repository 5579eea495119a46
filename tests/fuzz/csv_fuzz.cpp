// A list of recipients, read to its end. The first byte says what it is taken for.

#include "must.hpp"
#include "templates/recipients.hpp"

#include <array>
#include <sstream>

using namespace smsctl;
using fuzz::must;
using namespace smsctl::templates;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size == 0)
        return 0;
    constexpr std::array inputs{Input::automatic, Input::csv, Input::tsv, Input::jsonl};
    std::istringstream in{std::string(fuzz::text_of(data + 1, size - 1))};
    Recipients list(in, {.input = inputs[data[0] % inputs.size()], .region = "US"});
    static_cast<void>(list.open());
    std::size_t before = 0;
    for (std::size_t steps = 0;; ++steps) {
        must(steps <= size + 2, "a list ends");
        const Step step = list.next();
        if (step == Step::end)
            break;
        if (step == Step::broken) {
            must(!list.problem().message.empty(), "a broken list says why");
            break;
        }
        if (step == Step::bad_row) {
            must(!list.problem().code.empty(), "a bad row has a code");
            continue;
        }
        must(list.record() > before, "records are counted up");
        before = list.record();
        std::size_t bytes = 0;
        for (std::size_t column = 0; column < list.columns().size(); ++column)
            bytes += list.value(column).size();
        must(bytes <= longest_record * 2, "a record is bounded");
        static_cast<void>(list.to().size() + list.raw().size());
    }
    static_cast<void>(list.raw_header());
    return 0;
}
