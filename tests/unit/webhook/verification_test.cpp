#include "providers/registry.hpp"
#include "providers/twilio/signature.hpp"
#include "webhook/verification.hpp"

#include <catch2/catch.hpp>

using namespace smsctl;
using namespace smsctl::webhook;

namespace {

const Secret token("smsctl-test-token");
const http::Form form = {{"Body", "Hi"}, {"MessageSid", "SM1"}};

/// How a request was signed and how it arrived.
struct Case {
    std::string name;
    std::string signed_for;
    std::string target;
    http::Headers headers;
    std::string told; ///< the public URL at the time
    KnownAddresses known;
    std::optional<bool> verified;
    std::string url;
    std::string differs;
    std::string public_url;
};

KeptRequest arrived(const Case& row)
{
    http::ServerRequest request;
    request.method = "POST";
    request.target = row.target;
    request.headers = row.headers;
    request.headers.emplace_back("X-Twilio-Signature",
                                 providers::twilio::sign(row.signed_for, form, token.reveal()));
    request.body = http::encode_form(form);
    request.peer_address = "192.0.2.7";
    return keep(request, row.told, request.body);
}

Verification verify(const KeptRequest& kept, const KnownAddresses& known = {})
{
    return verify_again(kept, http::encode_form(form), known, providers::webhooks("twilio"), token);
}

const http::Headers local = {{"Host", "127.0.0.1:8787"}};
const http::Headers tunnel = {{"Host", "sms.example.com"}};

} // namespace

TEST_CASE("a signature is checked again, and the URL it was made for is found")
{
    const auto& row = GENERATE(values<Case>({
        {"it holds as it did then",
         "https://sms.example.com/in",
         "/in",
         local,
         "https://sms.example.com",
         {},
         true,
         "https://sms.example.com/in",
         "",
         ""},
        {"with the port that Twilio's other half signs",
         "https://sms.example.com:443/in",
         "/in",
         local,
         "https://sms.example.com",
         {},
         true,
         "https://sms.example.com/in",
         "",
         ""},
        {"it holds with the public-url that was set since",
         "https://sms.example.com/in",
         "/in",
         local,
         "",
         {"https://sms.example.com", {}},
         true,
         "https://sms.example.com/in",
         "",
         ""},
        {"TLS ends in front of us",
         "https://sms.example.com/in",
         "/in",
         tunnel,
         "",
         {},
         false,
         "https://sms.example.com/in",
         "https",
         "https://sms.example.com/"},
        {"TLS ends in front of us, and the port is ours",
         "https://sms.example.com/in?a=1",
         "/in?a=1",
         {{"Host", "sms.example.com:8787"}},
         "",
         {},
         false,
         "https://sms.example.com/in?a=1",
         "https, without the port",
         "https://sms.example.com/"},
        {"a slash too many",
         "https://sms.example.com/in",
         "/in/",
         local,
         "https://sms.example.com",
         {},
         false,
         "https://sms.example.com/in",
         "without the last slash",
         ""},
        {"a query that the proxy adds",
         "https://sms.example.com/in",
         "/in?from=proxy",
         local,
         "https://sms.example.com",
         {},
         false,
         "https://sms.example.com/in",
         "without the query",
         ""},
        {"another public-url than the provider calls",
         "https://sms.example.com/",
         "/",
         tunnel,
         "https://old.example.com",
         {},
         false,
         "https://sms.example.com/",
         "as the Host or forwarded headers say, https",
         "https://sms.example.com/"},
        {"a path that the proxy takes off, known from the number's webhook",
         "https://example.com/sms/in",
         "/in",
         local,
         "",
         {"", {"https://example.com/sms/in"}},
         false,
         "https://example.com/sms/in",
         "the number's webhook",
         "https://example.com/sms"},
        {"forwarded headers of a peer that is not local",
         "https://sms.example.com/in",
         "/in",
         {{"Host", "10.0.0.1"},
          {"X-Forwarded-Proto", "https"},
          {"X-Forwarded-Host", "sms.example.com"}},
         "",
         {},
         false,
         "https://sms.example.com/in",
         "as the Host or forwarded headers say",
         "https://sms.example.com/"},
        {"nothing that we know of",
         "https://elsewhere.example/",
         "/",
         local,
         "",
         {},
         false,
         "",
         "",
         ""},
    }));
    DYNAMIC_SECTION(row.name)
    {
        const Verification found = verify(arrived(row), row.known);
        CHECK(found.verified == row.verified);
        CHECK(found.url == row.url);
        CHECK(found.differs == row.differs);
        CHECK(found.public_url == row.public_url);
        CHECK(found.reason.empty() == row.verified.value_or(false));
    }
}

TEST_CASE("the public-url that is advised makes listen take the request")
{
    Case row;
    row.signed_for = "https://example.com/sms/in";
    row.target = "/in";
    row.headers = local;
    row.known.webhooks = {row.signed_for};
    const KeptRequest kept = arrived(row);
    const Verification found = verify(kept, row.known);
    REQUIRE_FALSE(found.public_url.empty());
    CHECK(verify(kept, {found.public_url, {}}).verified == true);
}

TEST_CASE("another secret, or no signature, fits nothing")
{
    Case row;
    row.signed_for = "http://127.0.0.1:8787/";
    row.target = "/";
    row.headers = local;
    KeptRequest kept = arrived(row);
    CHECK(verify(kept).verified == true);
    const Verification other = verify_again(
        kept, http::encode_form(form), {}, providers::webhooks("twilio"), Secret("another token"));
    CHECK(other.verified == false);
    CHECK(other.url.empty());
    CHECK(other.variants > 0);
    kept.headers = local;
    const Verification bare = verify(kept);
    CHECK(bare.verified == false);
    CHECK(bare.reason == "it carries no signature");
}

TEST_CASE("what was cut cannot be told any more")
{
    Case row;
    row.signed_for = "http://127.0.0.1:8787/";
    row.target = "/";
    row.headers = local;
    KeptRequest kept = arrived(row);
    kept.body = "Body=H";
    kept.is_whole = false;
    const Verification found = verify(kept);
    CHECK_FALSE(found.verified.has_value());
    CHECK_FALSE(found.reason.empty());
}
