#pragma once

#include "core/clock.hpp"
#include "core/secret.hpp"
#include "providers/provider.hpp"

#include <string>

namespace smsctl::test {

/// An account at a far end of the test's own.
inline providers::ProviderConfig far_end_config(const std::string& url, Clock& clock)
{
    return {.account_id = "AC00000000000000000000000000000001",
            .api_key_id = "",
            .secret = Secret("token"),
            .api_base = url,
            .clock = &clock,
            .stop = {},
            .trace = {}};
}

} // namespace smsctl::test
