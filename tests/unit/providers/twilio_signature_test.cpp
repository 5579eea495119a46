#include "core/crypto.hpp"
#include "http/form.hpp"
#include "providers/twilio/signature.hpp"
#include "support/vectors.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

using namespace smsctl;
namespace twilio = smsctl::providers::twilio;

namespace {

http::Form params_of(const nlohmann::json& vector)
{
    if (!vector.at("raw_body").is_null())
        return http::decode_form(vector.at("raw_body").get<std::string>());
    http::Form params;
    for (const nlohmann::json& pair : vector.at("params"))
        params.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
    return params;
}

bool accepts(const nlohmann::json& vector)
{
    const auto text = [&](const char* name) { return vector.at(name).get<std::string>(); };
    const auto signature = vector.at("signature").is_null()
                               ? std::string()
                               : vector.at("signature").get<std::string>();
    if (vector.at("params").is_null())
        return twilio::verify_body(text("url"), text("raw_body"), signature, text("auth_token"));
    return twilio::verify(text("url"), params_of(vector), signature, text("auth_token"));
}

const http::Form documented{{"Digits", "1234"},
                            {"To", "+18005551212"},
                            {"From", "+14158675310"},
                            {"Caller", "+14158675310"},
                            {"CallSid", "CA1234567890ABCDE"}};
constexpr std::string_view documented_url = "https://example.com/myapp.php?foo=1&bar=2";
constexpr std::string_view documented_signature = "L/OH5YylLD5NRKLltdqwSvS0BnU=";

} // namespace

TEST_CASE("the verifier answers every strict vector as Twilio's own libraries do", "[vectors]")
{
    std::size_t checked = 0;
    for (const nlohmann::json& vector : test::read_vectors("twilio-signature-vectors.json")) {
        if (!vector.at("strict").get<bool>())
            continue;
        ++checked;
        INFO(vector.at("id").get<std::string>() << ": " << vector.at("why").get<std::string>());
        CHECK(accepts(vector) == vector.at("valid").get<bool>());
    }
    CHECK(checked >= 1);
    if (std::getenv("SMSCTL_VECTORS") == nullptr)
        CHECK(checked == 102);
}

TEST_CASE("what we sign is what the strict vectors carry", "[vectors]")
{
    // Where the URL is signed as it stands; the port group and the spoilt ones are signed
    // otherwise.
    const std::vector<std::string> groups{"published", "form", "text", "repeat", "raw"};
    std::size_t checked = 0;
    for (const nlohmann::json& vector : test::read_vectors("twilio-signature-vectors.json")) {
        const bool of_interest =
            std::find(groups.begin(), groups.end(), vector.at("group").get<std::string>()) !=
            groups.end();
        if (!of_interest || !vector.at("strict").get<bool>() || !vector.at("valid").get<bool>())
            continue;
        ++checked;
        INFO(vector.at("id").get<std::string>());
        CHECK(twilio::sign(vector.at("url").get<std::string>(),
                           params_of(vector),
                           vector.at("auth_token").get<std::string>()) ==
              vector.at("signature").get<std::string>());
    }
    CHECK(checked >= 1);
}

TEST_CASE("Twilio's documented example comes out as documented")
{
    CHECK(twilio::sign(documented_url, documented, "12345") == documented_signature);
    CHECK(twilio::verify(documented_url, documented, documented_signature, "12345"));
}

TEST_CASE("user info and fragment of a configured URL are not signed")
{
    struct Row {
        const char* name;
        const char* url;
    };
    const auto row =
        GENERATE(Row{"user and password", "https://u:p@h.example/x?y=1"},
                 Row{"fragment", "https://h.example/x?y=1#rc=2&rp=5xx"},
                 Row{"both, with an @ in the fragment", "https://u@h.example/x?y=1#a@b"},
                 Row{"password with an @", "https://u:p@q@h.example/x?y=1"});
    DYNAMIC_SECTION(row.name)
    {
        const std::string expected = twilio::sign("https://h.example/x?y=1", {}, "t");
        CHECK(twilio::sign(row.url, {}, "t") == expected);
        CHECK(twilio::verify(row.url, {}, expected, "t"));
    }
}

TEST_CASE("an @ behind the host is part of what is signed")
{
    const std::string signature = twilio::sign("https://h.example/a@b?c=d@e", {}, "t");
    CHECK(signature != twilio::sign("https://b?c=d@e", {}, "t"));
    CHECK(twilio::verify("https://h.example:443/a@b?c=d@e", {}, signature, "t"));
}

TEST_CASE("an empty token verifies nothing")
{
    const std::string signature = twilio::sign(documented_url, documented, "");
    CHECK_FALSE(twilio::verify(documented_url, documented, signature, ""));
}

TEST_CASE("a body that is no form needs exactly one right bodySHA256")
{
    const std::string body = R"({"a":1})";
    const std::string hash = crypto::hex(crypto::sha256(body));
    struct Row {
        const char* name;
        std::string query;
        bool valid;
    };
    const auto row =
        GENERATE_COPY(Row{"right hash", "?bodySHA256=" + hash, true},
                      Row{"none", "", false},
                      Row{"other case of the name", "?bodysha256=" + hash, false},
                      Row{"twice", "?bodySHA256=" + hash + "&bodySHA256=" + hash, false},
                      Row{"of another body", "?bodySHA256=" + std::string(64, '0'), false},
                      Row{"in the fragment only", "#?bodySHA256=" + hash, false});
    DYNAMIC_SECTION(row.name)
    {
        const std::string url = "https://h.example/x" + row.query;
        const std::string signature = twilio::sign(url, {}, "t");
        CHECK(twilio::verify_body(url, body, signature, "t") == row.valid);
    }
}
