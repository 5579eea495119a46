#include "http/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>

namespace smsctl::http {

namespace {

struct Block {
    std::uint32_t prefix;
    unsigned bits;
};

constexpr std::uint32_t ipv4(std::uint32_t a, std::uint32_t b, std::uint32_t c = 0)
{
    return (a << 24U) | (b << 16U) | (c << 8U);
}

// IANA IPv4 Special-Purpose Address Registry; multicast and what follows it.
constexpr std::array special{Block{ipv4(0, 0), 8},
                             Block{ipv4(10, 0), 8},
                             Block{ipv4(100, 64), 10},
                             Block{ipv4(127, 0), 8},
                             Block{ipv4(169, 254), 16},
                             Block{ipv4(172, 16), 12},
                             Block{ipv4(192, 0, 0), 24},
                             Block{ipv4(192, 0, 2), 24},
                             Block{ipv4(192, 88, 99), 24},
                             Block{ipv4(192, 168), 16},
                             Block{ipv4(198, 18), 15},
                             Block{ipv4(198, 51, 100), 24},
                             Block{ipv4(203, 0, 113), 24},
                             Block{ipv4(224, 0), 3}};

bool is_public_v4(std::uint32_t address)
{
    return std::none_of(special.begin(), special.end(), [&](const Block& block) {
        constexpr unsigned all_bits = 32;
        return (address ^ block.prefix) >> (all_bits - block.bits) == 0;
    });
}

using Bytes = std::array<std::uint8_t, 16>;

std::uint32_t v4_at(const Bytes& bytes, std::size_t from)
{
    std::uint32_t address = 0;
    for (std::size_t i = from; i < from + 4; ++i)
        address = (address << 8U) | bytes.at(i);
    return address;
}

template <std::size_t Length>
bool begins(const Bytes& bytes, const std::array<std::uint8_t, Length>& prefix)
{
    return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

/// Only 2000::/3 is given out; within it some blocks are special, and some carry an IPv4 address.
bool is_public_v6(const Bytes& bytes)
{
    constexpr std::array<std::uint8_t, 12> nat64{0x00, 0x64, 0xff, 0x9b};
    constexpr std::array<std::uint8_t, 2> six_to_four{0x20, 0x02};
    constexpr std::array<std::uint8_t, 4> documentation{0x20, 0x01, 0x0d, 0xb8};
    constexpr std::array<std::uint8_t, 2> protocols{0x20, 0x01}; // 2001::/23: Teredo and others
    if (begins(bytes, nat64))
        return is_public_v4(v4_at(bytes, 12));
    if (begins(bytes, six_to_four))
        return is_public_v4(v4_at(bytes, 2));
    const bool is_protocol = begins(bytes, protocols) && bytes[2] < 2;
    return (bytes[0] & 0xe0U) == 0x20 && !begins(bytes, documentation) && !is_protocol;
}

} // namespace

bool is_public(const sockaddr& address)
{
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        return is_public_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address.sa_family != AF_INET6)
        return false;
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    Bytes bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) ? is_public_v4(v4_at(bytes, 12))
                                               : is_public_v6(bytes);
}

std::string text_of(const sockaddr& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    } else if (address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
    return text.data();
}

} // namespace smsctl::http
