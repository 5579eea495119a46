#include "http/server_tls.hpp"

#include "core/crypto.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/time_text.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace smsctl::http {

namespace {

namespace ssl = boost::asio::ssl;
using ErrorCode = boost::system::error_code;

Error bad_file(std::string_view code, const std::string& path, std::string_view why)
{
    return {Exit::auth,
            fmt::format("auth.{}", code),
            fmt::format("{}: {}", path, why),
            "--tls-cert takes a PEM chain that begins with this server's certificate, --tls-key "
            "its PEM key without a passphrase"};
}

std::string read(std::string_view code, const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    std::ostringstream bytes; // a folder can be opened and not be read: then it stays empty
    bytes << in.rdbuf();
    std::string text = std::move(bytes).str();
    if (!in.is_open() || text.empty())
        throw bad_file(code,
                       path,
                       in.is_open() ? "is empty or cannot be read"
                                    : std::generic_category().message(errno));
    return text;
}

void check_validity(const std::string& path, const std::string& pem)
{
    const auto validity = crypto::certificate_validity(pem);
    if (!validity)
        throw bad_file("tls_certificate", path, "holds no certificate in PEM form");
    const Instant now = SystemClock().now();
    if (now >= validity->until)
        throw bad_file(
            "tls_certificate",
            path,
            fmt::format("the certificate expired at {}", text::rfc3339(validity->until)));
    if (now < validity->from)
        throw bad_file(
            "tls_certificate",
            path,
            fmt::format("the certificate is not valid before {}", text::rfc3339(validity->from)));
}

} // namespace

std::unique_ptr<ssl::context> tls_context(const TlsFiles& files)
{
    if (files.certificate.empty())
        return nullptr;
    const std::string certificate = read("tls_certificate", files.certificate);
    const std::string key = read("tls_key", files.key);
    check_validity(files.certificate, certificate);
    auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
    context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                         ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                         ssl::context::no_tlsv1_1 | ssl::context::no_compression);
    ErrorCode failure;
    context->use_certificate_chain(boost::asio::buffer(certificate), failure);
    if (failure)
        throw bad_file("tls_certificate", files.certificate, failure.message());
    // Nobody is asked for a passphrase: a server starts unattended.
    context->set_password_callback(
        [](std::size_t, ssl::context::password_purpose) { return std::string(); });
    context->use_private_key(boost::asio::buffer(key), ssl::context::pem, failure);
    if (failure)
        throw bad_file("tls_key",
                       files.key,
                       failure.message().find("mismatch") != std::string::npos
                           ? fmt::format("is not the key of {}", files.certificate)
                           : fmt::format("no usable key: {}", failure.message()));
    return context;
}

} // namespace smsctl::http
