#include "sms/batch.hpp"

#include <array>
#include <utility>

namespace smsctl::sms {

namespace {

constexpr std::array states{std::pair{BatchState::planning, "planning"},
                            std::pair{BatchState::planned, "planned"},
                            std::pair{BatchState::canceled, "canceled"}};
constexpr std::array choices{std::pair{OnBlock::skip, "skip"},
                             std::pair{OnBlock::defer, "defer"},
                             std::pair{OnBlock::fail, "fail"}};

template <typename Table, typename Value>
std::string_view word_in(const Table& table, Value value)
{
    for (const auto& [each, word] : table)
        if (each == value)
            return word;
    return {};
}

template <typename Value, typename Table>
std::optional<Value> value_in(const Table& table, std::string_view word)
{
    for (const auto& [each, its_word] : table)
        if (its_word == word)
            return each;
    return std::nullopt;
}

} // namespace

std::string_view word(BatchState state)
{
    return word_in(states, state);
}

std::optional<BatchState> parse_batch_state(std::string_view word)
{
    return value_in<BatchState>(states, word);
}

std::string_view word(OnBlock on_block)
{
    return word_in(choices, on_block);
}

std::optional<OnBlock> parse_on_block(std::string_view word)
{
    return value_in<OnBlock>(choices, word);
}

} // namespace smsctl::sms
