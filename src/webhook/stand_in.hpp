#pragma once

#include "http/server.hpp"
#include "providers/provider.hpp"

#include <string>

namespace smsctl::webhook {

/// The webhook that would have brought `inbound` to `path`, as far as it can be known: unsigned,
/// without what only the provider knows.
http::ServerRequest stand_in(const providers::InboundMessage& inbound, const std::string& path);

} // namespace smsctl::webhook
