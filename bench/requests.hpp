#pragma once

#include <cstdlib>
#include <string_view>
#include <strings.h>

namespace bench {

/// How many bytes of `in` the first HTTP message takes, be it a request or an answer; 0 when it is
/// not all there yet. Read only as far as the benchmarks' own ends go: no chunked bodies.
inline std::size_t message_length(std::string_view in)
{
    const auto end = in.find("\r\n\r\n");
    if (end == std::string_view::npos)
        return 0;
    std::size_t body = 0;
    constexpr std::string_view name = "\r\ncontent-length:";
    for (auto line = in.find("\r\n"); line < end; line = in.find("\r\n", line + 2))
        if (::strncasecmp(&in[line], name.data(), name.size()) == 0)
            body = std::strtoul(&in[line + name.size()], nullptr, 10);
    const std::size_t length = end + 4 + body;
    return in.size() < length ? 0 : length;
}

} // namespace bench
