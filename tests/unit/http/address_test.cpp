#include "http/address.hpp"
#include "http/client.hpp"
#include "support/loopback_server.hpp"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <string>

using namespace smsctl;

namespace {

sockaddr_storage address_of(const std::string& text)
{
    sockaddr_storage storage{};
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        std::memcpy(&storage, &v4, sizeof v4);
    } else if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        std::memcpy(&storage, &v6, sizeof v6);
    }
    return storage;
}

/// Only the family is looked at before the address is copied.
const sockaddr& generic(const sockaddr_storage& storage)
{
    return reinterpret_cast<const sockaddr&>(storage);
}

} // namespace

TEST_CASE("only what belongs to the internet at large is public")
{
    for (const char* text : {"8.8.8.8",
                             "1.1.1.1",
                             "100.63.255.255",
                             "100.128.0.0",
                             "172.15.255.255",
                             "172.32.0.1",
                             "192.167.0.1",
                             "198.20.0.1",
                             "223.255.255.255",
                             "2606:4700::1111",
                             "2a00:1450:4001::1",
                             "::ffff:8.8.8.8",
                             "64:ff9b::8.8.8.8",
                             "2002:808:808::1"}) {
        INFO(text);
        CHECK(http::is_public(generic(address_of(text))));
        CHECK_FALSE(http::text_of(generic(address_of(text))).empty());
    }
    for (const char* text : {"0.0.0.0",
                             "10.1.2.3",
                             "100.64.0.1",
                             "127.0.0.1",
                             "127.255.255.254",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.0.0.8",
                             "192.0.2.1",
                             "192.168.1.1",
                             "198.18.0.1",
                             "198.19.255.255",
                             "198.51.100.7",
                             "203.0.113.1",
                             "224.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "::127.0.0.1",
                             "::ffff:127.0.0.1",
                             "::ffff:10.0.0.1",
                             "64:ff9b::10.0.0.1",
                             "64:ff9b:1::10.0.0.1",
                             "2002:7f00:1::1",
                             "2001::1",
                             "2001:db8::1",
                             "100::1",
                             "fc00::1",
                             "fd12:3456::1",
                             "fe80::1",
                             "fec0::1",
                             "ff02::1"}) {
        INFO(text);
        CHECK_FALSE(http::is_public(generic(address_of(text))));
    }
    sockaddr_storage other{};
    other.ss_family = AF_UNIX;
    CHECK_FALSE(http::is_public(generic(other)));
    CHECK(http::text_of(generic(other)).empty());
}

TEST_CASE("a request for public addresses alone reaches no other, whatever the name says")
{
    test::LoopbackServer server([](const auto& /*request*/) { return http::ServerResponse{}; });
    http::Client client("test");
    http::Request request;
    request.timeout = test::patience;
    request.url = server.url();
    REQUIRE(std::holds_alternative<http::Response>(client.perform(request)));
    request.reachable = http::Reachable::public_only;
    for (const std::string host : {"127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"}) {
        INFO(host);
        request.url = "http://" + host + ":" + std::to_string(server.port()) + "/";
        // Over no kept connection either: the first request left one.
        const http::Result result = client.perform(request);
        const auto* error = std::get_if<http::TransportError>(&result);
        REQUIRE(error != nullptr);
        CHECK(error->reached == http::Reached::no);
        CHECK(error->by_us);
        CHECK_THAT(error->message, Catch::Contains("is not public"));
    }
    CHECK(server.requests().size() == 1);
}
