#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace smsctl::fuzz {

/// Ends the run with the input that broke a promise.
inline void must(bool holds, const char* promise)
{
    if (holds)
        return;
    std::fprintf(stderr, "broken: %s\n", promise);
    std::abort();
}

inline std::string_view text_of(const unsigned char* data, std::size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}

} // namespace smsctl::fuzz
