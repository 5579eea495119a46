#include "sim/link.hpp"

#include "http/url.hpp"

namespace smsctl::sim {

std::optional<std::string> link(std::string_view base, std::string_view reference)
{
    if (http::parse_url(reference))
        return std::string(reference);
    const auto here = http::parse_url(base);
    const auto there = here ? http::resolve(*here, reference) : std::nullopt;
    return there ? std::optional(there->origin() + there->target) : std::nullopt;
}

} // namespace smsctl::sim
