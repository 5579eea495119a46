#include "core/crypto.hpp"
#include "core/time_text.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace smsctl;

namespace {

/// What `open` gave back, "-" for nothing.
std::string opened(std::string_view key, std::string_view context, std::string_view sealed)
{
    const auto plain = crypto::open(key, context, sealed);
    return plain ? std::string(plain->reveal()) : "-";
}

} // namespace

TEST_CASE("HMAC-SHA1 gives the digests of RFC 2202")
{
    const auto digest = [](std::string_view key, std::string_view data) {
        return crypto::hex(crypto::hmac_sha1(key, data));
    };
    CHECK(digest(std::string(20, '\x0b'), "Hi There") ==
          "b617318655057264e28bc0b6fb378c8ef146be00");
    CHECK(digest("Jefe", "what do ya want for nothing?") ==
          "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    CHECK(digest(std::string(20, '\xaa'), std::string(50, '\xdd')) ==
          "125d7342b9ac11cd91a39af48aa17b4f63f175d3");
    CHECK(
        digest(std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "aa4ae5e15272d00e95705637ce8a3b55ed402112");
    CHECK(digest({}, {}) == "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

TEST_CASE("SHA-256 gives the digests of FIPS 180-4")
{
    CHECK(crypto::hex(crypto::sha256("")) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(crypto::hex(crypto::sha256("abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(crypto::hex(crypto::sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("base64 goes both ways for every byte and length")
{
    CHECK(crypto::base64("") == "");
    CHECK(crypto::base64("f") == "Zg==");
    CHECK(crypto::base64("fo") == "Zm8=");
    CHECK(crypto::base64("foobar") == "Zm9vYmFy");
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        CHECK(crypto::unbase64(crypto::base64(bytes)) == bytes);
        bytes += static_cast<char>(i);
    }
}

TEST_CASE("what is not padded standard base64 is refused")
{
    const auto* const text = GENERATE("Zg",
                                      "Zg=",
                                      "Zg===",
                                      "====",
                                      "=Zg=",
                                      "Z=g=",
                                      "Zh==",
                                      "Zg==Zg==",
                                      "YWJj    ",
                                      "    YWJj",
                                      "YWJj\n\n\n\n",
                                      "YW-_",
                                      "YW\xff\xff");
    CAPTURE(text);
    CHECK_FALSE(crypto::unbase64(text));
}

TEST_CASE("equality in constant time is equality")
{
    CHECK(crypto::equal_in_constant_time("", ""));
    CHECK(crypto::equal_in_constant_time("same", "same"));
    CHECK_FALSE(crypto::equal_in_constant_time("same", "sane"));
    CHECK_FALSE(crypto::equal_in_constant_time("same", "samey"));
}

TEST_CASE("random bytes differ from call to call")
{
    CHECK(crypto::random_bytes(0).empty());
    CHECK(crypto::random_bytes(32).size() == 32);
    CHECK(crypto::random_bytes(32) != crypto::random_bytes(32));
}

TEST_CASE("a seal opens with its key and context")
{
    const std::string key = crypto::random_bytes(crypto::seal_key_size);
    const auto* const plain = GENERATE("", "x", "0123456789abcdef0123456789abcdef");
    const std::string sealed = crypto::seal(key, "workspace:1", plain);
    CHECK(opened(key, "workspace:1", sealed) == plain);
    CHECK(opened(key, "", crypto::seal(key, "", plain)) == plain);
    CHECK(crypto::seal(key, "workspace:1", plain) != sealed);
    CHECK(opened(key, "workspace:2", sealed) == "-");
    CHECK(opened(crypto::random_bytes(crypto::seal_key_size), "workspace:1", sealed) == "-");
    CHECK(opened("short", "workspace:1", sealed) == "-");
}

TEST_CASE("a seal with any bit changed or byte missing does not open")
{
    const std::string key = crypto::random_bytes(crypto::seal_key_size);
    const std::string sealed = crypto::seal(key, "context", "a token of some length");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CHECK(opened(key, "context", changed) == "-");
        CHECK(opened(key, "context", sealed.substr(0, i)) == "-");
    }
    CHECK(opened(key, "context", sealed + '\0') == "-");
}

TEST_CASE("a seal does not hold the text in clear")
{
    const std::string key = crypto::random_bytes(crypto::seal_key_size);
    CHECK(crypto::seal(key, "context", "super-secret-token").find("super-secret") ==
          std::string::npos);
}

TEST_CASE("a seal asks for a key of the right size")
{
    CHECK_THROWS(crypto::seal("short", "context", "text"));
}

TEST_CASE("a certificate says from when until when it holds")
{
    const std::string pem = "-----BEGIN CERTIFICATE-----\n"
                            "MIIBbTCCAROgAwIBAgIUBcdY+OJsMhEkzEqKnppctrxFwhIwCgYIKoZIzj0EAwIw\n"
                            "DDEKMAgGA1UEAwwBdDAeFw0yNjExMjExODE1NTZaFw0zNjExMTgxODE1NTZaMAwx\n"
                            "CjAIBgNVBAMMAXQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARix+atN1YtU5aP\n"
                            "P/ep7N3lsYcEM4uPQtF476ArO0FIRWRa0OyxKSfUurn124Tgubry+l8EVclWJ98N\n"
                            "5IA8L0z9o1MwUTAdBgNVHQ4EFgQUT4Pua/GcRaSSLXLBFpT6DQGoglUwHwYDVR0j\n"
                            "BBgwFoAUT4Pua/GcRaSSLXLBFpT6DQGoglUwDwYDVR0TAQH/BAUwAwEB/zAKBggq\n"
                            "hkjOPQQDAgNIADBFAiBqIQkkTOF5fXGFiOkMcALP8E17YWqkpPgkNm9u9btn1QIh\n"
                            "AOp6tCYJpmAVXIHB06hhxP8XWQfAAEw/yj3RKH1tdx10\n"
                            "-----END CERTIFICATE-----\n";
    const auto validity = crypto::certificate_validity("a line before it\n" + pem);
    REQUIRE(validity);
    CHECK(text::rfc3339(validity->from) == "2026-11-21T18:15:56.000Z");
    CHECK(text::rfc3339(validity->until) == "2036-11-18T18:15:56.000Z");
    CHECK_FALSE(crypto::certificate_validity(pem.substr(0, 100)));
    CHECK_FALSE(crypto::certificate_validity(""));
}
