#include "core/crypto.hpp"

#include "core/error.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace smsctl::crypto {

namespace {

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

/// Never null: OpenSSL refuses a null pointer even for no bytes.
const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.empty() ? "" : text.data());
}

unsigned char* bytes_of(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

struct CipherDeleter {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherDeleter>;

void must(bool ok)
{
    if (!ok)
        throw Error(Exit::failed, "internal.crypto", "OpenSSL refused an operation");
}

} // namespace

std::string hmac_sha1(std::string_view key, std::string_view data)
{
    std::string digest(20, '\0');
    unsigned int size = 0;
    must(HMAC(EVP_sha1(),
              bytes_of(key),
              static_cast<int>(key.size()),
              bytes_of(data),
              data.size(),
              bytes_of(digest),
              &size) != nullptr);
    return digest;
}

std::string sha256(std::string_view data)
{
    // EVP_sha256() would be looked up anew by each digest.
    static const std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> algorithm(
        EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
    std::string digest(32, '\0');
    must(EVP_Digest(
             data.data(), data.size(), bytes_of(digest), nullptr, algorithm.get(), nullptr) == 1);
    return digest;
}

std::string hex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        text += digits[value >> 4U];
        text += digits[value & 15U];
    }
    return text;
}

std::string base64(std::string_view bytes)
{
    std::string text((bytes.size() + 2) / 3 * 4, '\0');
    EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), static_cast<int>(bytes.size()));
    return text;
}

std::optional<std::string> unbase64(std::string_view text)
{
    if (text.size() % 4 != 0)
        return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    if (EVP_DecodeBlock(bytes_of(bytes), bytes_of(text), static_cast<int>(text.size())) < 0)
        return std::nullopt;
    std::string_view rest = text;
    for (std::size_t padding = 0; padding < 2 && rest.ends_with('='); ++padding) {
        rest.remove_suffix(1);
        bytes.pop_back();
    }
    // OpenSSL forgives blanks around the text and padding within it.
    if (base64(bytes) != text)
        return std::nullopt;
    return bytes;
}

bool equal_in_constant_time(std::string_view left, std::string_view right)
{
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string random_bytes(std::size_t count)
{
    std::string bytes(count, '\0');
    must(RAND_bytes(bytes_of(bytes), static_cast<int>(count)) == 1);
    return bytes;
}

std::string seal(std::string_view key, std::string_view context, std::string_view plain)
{
    must(key.size() == seal_key_size);
    const std::string nonce = random_bytes(nonce_size);
    std::string cipher_text(plain.size(), '\0');
    std::string tag(tag_size, '\0');
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int size = 0;
    must(EVP_EncryptInit_ex(
             cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) == 1);
    must(EVP_EncryptUpdate(
             cipher.get(), nullptr, &size, bytes_of(context), static_cast<int>(context.size())) ==
         1);
    must(EVP_EncryptUpdate(cipher.get(),
                           bytes_of(cipher_text),
                           &size,
                           bytes_of(plain),
                           static_cast<int>(plain.size())) == 1);
    must(EVP_EncryptFinal_ex(cipher.get(), nullptr, &size) == 1);
    must(EVP_CIPHER_CTX_ctrl(
             cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag_size), tag.data()) == 1);
    return nonce + cipher_text + tag;
}

std::optional<Secret> open(std::string_view key, std::string_view context, std::string_view sealed)
{
    if (key.size() != seal_key_size || sealed.size() < nonce_size + tag_size)
        return std::nullopt;
    const std::string_view nonce = sealed.substr(0, nonce_size);
    const std::string_view body = sealed.substr(nonce_size, sealed.size() - nonce_size - tag_size);
    std::string tag(sealed.substr(sealed.size() - tag_size));
    std::string plain(body.size(), '\0');
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int size = 0;
    must(EVP_DecryptInit_ex(
             cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) == 1);
    must(EVP_DecryptUpdate(
             cipher.get(), nullptr, &size, bytes_of(context), static_cast<int>(context.size())) ==
         1);
    must(EVP_DecryptUpdate(
             cipher.get(), bytes_of(plain), &size, bytes_of(body), static_cast<int>(body.size())) ==
         1);
    must(EVP_CIPHER_CTX_ctrl(
             cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag_size), tag.data()) == 1);
    if (EVP_DecryptFinal_ex(cipher.get(), nullptr, &size) != 1)
        return std::nullopt;
    return Secret(std::move(plain));
}

std::optional<Validity> certificate_validity(std::string_view pem)
{
    const std::unique_ptr<BIO, decltype(&BIO_free)> source(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    must(source != nullptr);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!certificate)
        return std::nullopt;
    const auto instant = [](const ASN1_TIME* time) -> std::optional<Instant> {
        std::tm parts{};
        if (ASN1_TIME_to_tm(time, &parts) != 1)
            return std::nullopt;
        return Instant(std::chrono::seconds(::timegm(&parts)));
    };
    const auto from = instant(X509_get0_notBefore(certificate.get()));
    const auto until = instant(X509_get0_notAfter(certificate.get()));
    return from && until ? std::optional(Validity{*from, *until}) : std::nullopt;
}

} // namespace smsctl::crypto
