#include "http/server_wire.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

using namespace smsctl;

namespace {

http::Server server_at(const std::string& address, const http::TlsFiles& tls = {})
{
    return {address, [](http::ServerRequest, http::Responder) {}, {}, tls};
}

} // namespace

TEST_CASE("a Unix socket has no port, counts as loopback and is named with its path escaped")
{
    const test::TempDir folder;
    const std::string path = (folder / "a b.sock").string();
    {
        const http::Server server = server_at("unix:" + path);
        CHECK(server.port() == 0);
        CHECK(server.is_loopback());
        CHECK(server.address() == "unix:" + path);
        CHECK(server.url().starts_with("http+unix://%2F"));
        CHECK(server.url().ends_with("a%20b.sock"));
        const auto mode = std::filesystem::status(path).permissions();
        CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
        CHECK(test::error_of([&] { server_at("unix:" + path); }).code() == "usage.addr");
        CHECK(std::filesystem::exists(path));
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("the file of a socket that nobody listens on is replaced, another file is not")
{
    const test::TempDir folder;
    const std::string path = (folder / "s.sock").string();
    const std::string moved = (folder / "moved.sock").string();
    {
        const http::Server server = server_at("unix:" + path);
        std::filesystem::rename(path, moved); // which its end does not find
    }
    {
        const http::Server server = server_at("unix:" + moved);
        CHECK(server.address() == "unix:" + moved);
    }
    CHECK_FALSE(std::filesystem::exists(moved));
    std::ofstream(path) << "precious";
    CHECK(test::error_of([&] { server_at("unix:" + path); }).code() == "usage.addr");
    CHECK(std::filesystem::file_size(path) == 8);
}

TEST_CASE("an inherited socket is used as it is, and nothing else that was inherited")
{
    const http::Server first = server_at("127.0.0.1:0");
    int ends[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    CHECK(test::error_of([&] { server_at("fd:" + std::to_string(ends[0])); }).code() ==
          "usage.addr");
    CHECK(::close(ends[0]) == 0); // still ours
    CHECK(::close(ends[1]) == 0);

    const int listener = ::socket(AF_INET6, SOCK_STREAM, 0);
    REQUIRE(::listen(listener, 1) == 0); // on a port the system picks
    const http::Server server = server_at("fd:" + std::to_string(listener));
    CHECK(server.port() != 0);
    CHECK_FALSE(server.is_loopback());
    CHECK(server.url() == "http://[::]:" + std::to_string(server.port()));
    for (const char* address : {"fd:", "fd:-1", "fd:1x", "fd:4294967299"})
        CHECK(test::error_of([&] { server_at(address); }).code() == "usage.addr");
}

TEST_CASE("TLS files that are no use are said, one by one")
{
    const test::TempDir folder;
    const std::string empty = (folder / "empty.pem").string();
    std::ofstream(empty) << "";
    const std::string missing = (folder / "missing.pem").string();
    const std::string other = (folder / "other.pem").string();
    std::ofstream(other) << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const auto code = [](const http::TlsFiles& files) {
        return test::error_of([&] { server_at("127.0.0.1:0", files); }).code();
    };
    CHECK(code({missing, missing}) == "auth.tls_certificate");
    CHECK(code({empty, missing}) == "auth.tls_certificate");
    CHECK(code({other, missing}) == "auth.tls_key");
    CHECK(code({other, other}) == "auth.tls_certificate");
}

TEST_CASE("only a Unix socket's peer has no address; one that is gone is nobody of this machine")
{
    using Endpoint = boost::asio::generic::stream_protocol::endpoint;
    CHECK_FALSE(http::ip_address(boost::asio::local::stream_protocol::endpoint("/tmp/x")));
    const auto gone = http::ip_address(Endpoint());
    REQUIRE(gone);
    CHECK_FALSE(gone->is_loopback());
    CHECK(gone->is_unspecified());
    const auto mapped = http::ip_address(
        boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address("::ffff:10.0.0.1"), 80));
    REQUIRE(mapped);
    CHECK(http::plain_address(*mapped) == "10.0.0.1");
}
