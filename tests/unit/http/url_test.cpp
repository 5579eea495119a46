#include "http/url.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace smsctl::http;
using namespace std::string_literals;

namespace {

struct ParseRow {
    std::string text;
    std::string scheme;
    std::string host;
    std::uint16_t port;
    std::string target;
    std::string origin;
};

} // namespace

TEST_CASE("a URL is read in its parts")
{
    const auto row = GENERATE(values<ParseRow>({
        {"http://example.com", "http", "example.com", 80, "/", "http://example.com"},
        {"https://example.com/", "https", "example.com", 443, "/", "https://example.com"},
        {"HTTPS://Example.COM/A?b=C", "https", "example.com", 443, "/A?b=C", "https://example.com"},
        {"http://h:8787/x", "http", "h", 8787, "/x", "http://h:8787"},
        {"https://h:443/x", "https", "h", 443, "/x", "https://h"},
        {"https://h:80/x", "https", "h", 80, "/x", "https://h:80"},
        {"http://h?q=1", "http", "h", 80, "/?q=1", "http://h"},
        {"http://h/a/../b/./c%2F", "http", "h", 80, "/a/../b/./c%2F", "http://h"},
        {"http://h//twice//", "http", "h", 80, "//twice//", "http://h"},
        {"http://h/x#part", "http", "h", 80, "/x", "http://h"},
        {"http://h/x?y#part", "http", "h", 80, "/x?y", "http://h"},
        {"http://user:secret@h:81/x", "http", "h", 81, "/x", "http://h:81"},
        {"http://127.0.0.1@evil.example/", "http", "evil.example", 80, "/", "http://evil.example"},
        {"http://[::1]:8080/x", "http", "::1", 8080, "/x", "http://[::1]:8080"},
        {"http://[2001:DB8::1]/", "http", "2001:db8::1", 80, "/", "http://[2001:db8::1]"},
    }));
    DYNAMIC_SECTION(row.text)
    {
        const auto url = parse_url(row.text);
        REQUIRE(url);
        CHECK(url->scheme == row.scheme);
        CHECK(url->host == row.host);
        CHECK(url->port == row.port);
        CHECK(url->target == row.target);
        CHECK(url->origin() == row.origin);
    }
}

TEST_CASE("what is no http or https URL is refused")
{
    const auto text = GENERATE(values<std::string>({
        "",
        "example.com",
        "//example.com/",
        "/path",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript://x/%0aalert(1)",
        "http:example.com",
        "http:/example.com",
        "http:///example.com",
        "http://",
        "http://:80/",
        "http://user@/",
        "http://h:x/",
        "http://h:-1/",
        "http://h:0/",
        "http://h:65536/",
        "http://h:80:80/",
        "http://[::1/",
        "http://[zz]/",
        "http://a b/",
        "http://h/a b",
        "http://h/\r\nX: y",
        "http://h\0.example/"s,
        " http://h/",
    }));
    DYNAMIC_SECTION("'" << text << "'")
    {
        CHECK_FALSE(parse_url(text));
    }
}

TEST_CASE("only this machine's own addresses are loopback")
{
    const auto [text, expected] = GENERATE(table<std::string, bool>({
        {"http://127.0.0.1/", true},
        {"http://127.9.8.7:81/", true},
        {"http://127.1/", true},
        {"http://[::1]/", true},
        {"http://[0:0:0:0:0:0:0:1]/", true},
        {"http://localhost/", true},
        {"http://LOCALHOST:1/", true},
        {"http://0.0.0.0/", false},
        {"http://128.0.0.1/", false},
        {"http://[::]/", false},
        {"http://[::2]/", false},
        {"http://localhost.example/", false},
        {"http://127.0.0.1.example/", false},
        {"http://127.0.0.1@example.com/", false},
        {"http://example.com/127.0.0.1", false},
    }));
    DYNAMIC_SECTION(text)
    {
        const auto url = parse_url(text);
        REQUIRE(url);
        CHECK(url->is_loopback() == expected);
    }
}

TEST_CASE("a redirect leads from its URL to a whole URL, a path, or nowhere")
{
    const auto base = parse_url("https://api.example.com/a/b?x=1");
    REQUIRE(base);
    const auto leads_to = [&](std::string_view location) {
        const auto url = resolve(*base, location);
        return url ? url->origin() + url->target : std::string();
    };
    CHECK(leads_to("https://cdn.example.com/x?y=%20") == "https://cdn.example.com/x?y=%20");
    CHECK(leads_to("//cdn.example.com/x") == "https://cdn.example.com/x");
    CHECK(leads_to("/c?d") == "https://api.example.com/c?d");
    CHECK(leads_to("c") == "https://api.example.com/a/c");
    CHECK(leads_to("http://user:secret@127.0.0.1/") == "http://127.0.0.1/");
    for (const std::string_view nowhere : {"",
                                           "file:///etc/passwd",
                                           "ftp://example.com/",
                                           "gopher://x/",
                                           "https://",
                                           "javascript:1"})
        CHECK(leads_to(nowhere).empty());
}
