#include "sms/event.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace smsctl::sms {

namespace {

constexpr std::array<std::string_view, 8> kind_words{
    "message", "status", "unchanged", "refused", "change", "opt_out", "batch", "call"};
constexpr std::array<std::string_view, 4> source_words{"command", "submit", "callback", "poll"};
constexpr std::array<std::string_view, 3> forward_words{"waiting", "done", "given_up"};

template <typename Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& words, std::string_view word)
{
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end())
        return std::nullopt;
    return static_cast<Enum>(found - words.begin());
}

} // namespace

std::string_view word(EventKind kind)
{
    return kind_words[static_cast<std::size_t>(kind)];
}

std::optional<EventKind> parse_event_kind(std::string_view word)
{
    return parse<EventKind>(kind_words, word);
}

std::string_view word(EventSource source)
{
    return source_words[static_cast<std::size_t>(source)];
}

std::optional<EventSource> parse_event_source(std::string_view word)
{
    return parse<EventSource>(source_words, word);
}

std::string_view word(ForwardState state)
{
    return forward_words[static_cast<std::size_t>(state)];
}

std::optional<ForwardState> parse_forward_state(std::string_view word)
{
    return parse<ForwardState>(forward_words, word);
}

} // namespace smsctl::sms
