#pragma once

#include "http/server.hpp"
#include "sim/account.hpp"

namespace smsctl::sim {

/// Whether the request carries the account's SID and token, or an API key ("SK…") with it.
bool is_signed_in(const http::ServerRequest& request, const Account& account);

} // namespace smsctl::sim
