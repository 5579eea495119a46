#include "signed_webhook.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace bench {

namespace {

std::string encode_part(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == ' ')
            out += '+';
        else if (std::isalnum(byte) != 0)
            out += c;
        else
            (out += '%').append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    }
    return out;
}

int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return (c | 0x20) - 'a' + 10;
}

/// What the load makes is well formed, so this asks no questions.
std::string decode_part(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

} // namespace

std::string signature_of(std::string_view url, const Fields& fields, std::string_view token)
{
    std::string text(url);
    for (const auto& [name, value] : fields)
        text.append(name).append(value);
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned length = 0;
    HMAC(EVP_sha1(),
         token.data(),
         static_cast<int>(token.size()),
         reinterpret_cast<const unsigned char*>(text.data()),
         text.size(),
         mac.data(),
         &length);
    std::array<unsigned char, 64> base64{};
    const int size = EVP_EncodeBlock(base64.data(), mac.data(), static_cast<int>(length));
    return {base64.begin(), base64.begin() + size};
}

std::string encode(const Fields& fields)
{
    std::string out;
    for (const auto& [name, value] : fields)
        out.append(out.empty() ? "" : "&").append(name).append("=").append(encode_part(value));
    return out;
}

Fields decode(std::string_view body)
{
    Fields fields;
    while (!body.empty()) {
        const std::string_view pair = body.substr(0, body.find('&'));
        body.remove_prefix(std::min(pair.size() + 1, body.size()));
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos)
            fields[decode_part(pair.substr(0, equals))] = decode_part(pair.substr(equals + 1));
    }
    return fields;
}

} // namespace bench
