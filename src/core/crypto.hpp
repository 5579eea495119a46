#pragma once

#include "core/clock.hpp"
#include "core/secret.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace smsctl::crypto {

/// All of OpenSSL's digests, seals and random bytes that smsctl uses. Bytes travel in std::string.

std::string hmac_sha1(std::string_view key, std::string_view data); ///< 20 bytes
std::string sha256(std::string_view data);                          ///< 32 bytes
std::string hex(std::string_view bytes);                            ///< lower case
std::string base64(std::string_view bytes);                         ///< standard alphabet, padded
/// Empty optional for anything that is not padded standard base64.
std::optional<std::string> unbase64(std::string_view text);
/// Takes the same time for any two texts of the same length.
bool equal_in_constant_time(std::string_view left, std::string_view right);
std::string random_bytes(std::size_t count);

constexpr std::size_t seal_key_size = 32;

/// AES-256-GCM with a random nonce: nonce, ciphertext and tag in one string. `context` is
/// authenticated but not stored: a seal moved to another row does not open.
std::string seal(std::string_view key, std::string_view context, std::string_view plain);
/// Empty optional when the key or context is another or a byte was changed.
std::optional<Secret> open(std::string_view key, std::string_view context, std::string_view sealed);

/// From when until when a certificate holds.
struct Validity {
    Instant from;
    Instant until;
};
/// Of the first certificate in `pem`; nothing when there is none.
std::optional<Validity> certificate_validity(std::string_view pem);

} // namespace smsctl::crypto
