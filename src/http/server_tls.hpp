#pragma once

// Private to the server: certificate and key.

#include "http/server.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace smsctl::http {

/// TLS 1.2 and newer with this certificate chain and key; nothing when no files are named. Throws
/// `auth.tls_certificate` or `auth.tls_key` (4) for what cannot be read, does not belong together
/// or has expired.
std::unique_ptr<boost::asio::ssl::context> tls_context(const TlsFiles& files);

} // namespace smsctl::http
