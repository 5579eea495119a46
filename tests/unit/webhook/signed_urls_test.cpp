#include "webhook/signed_urls.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace smsctl;

namespace {

struct Case {
    std::string name;
    std::string public_url;
    std::string target;
    http::Headers headers;
    std::string peer;
    std::vector<std::string> urls;
};

const http::Headers forwarded = {{"Host", "127.0.0.1:8787"},
                                 {"X-Forwarded-Proto", "https"},
                                 {"X-Forwarded-Host", "a.example, b.example"}};

} // namespace

TEST_CASE("the URLs that may have been signed")
{
    const auto& row = GENERATE(values<Case>({
        {"the request's own host",
         "",
         "/in?a=%20b",
         {{"Host", "127.0.0.1:8787"}},
         "127.0.0.1",
         {"http://127.0.0.1:8787/in?a=%20b"}},
        {"what a local tunnel forwards, then the host",
         "",
         "/",
         forwarded,
         "127.0.0.1",
         {"https://a.example/", "http://127.0.0.1:8787/"}},
        {"forwarded headers of a stranger do not count",
         "",
         "/",
         forwarded,
         "192.0.2.7",
         {"http://127.0.0.1:8787/"}},
        {"a Unix socket is local",
         "",
         "/",
         forwarded,
         "",
         {"https://a.example/", "http://127.0.0.1:8787/"}},
        {"a tunnel that says https and no host",
         "",
         "/",
         {{"Host", "x.example"}, {"X-Forwarded-Proto", "https"}},
         "::1",
         {"https://x.example/", "http://x.example/"}},
        {"the public URL alone, forwarded headers or not",
         "https://sms.example",
         "/hook?x=1",
         forwarded,
         "127.0.0.1",
         {"https://sms.example/hook?x=1"}},
        {"a public URL with a path that the tunnel cuts off",
         "https://sms.example/team/",
         "/?x=1",
         {},
         "127.0.0.1",
         {"https://sms.example/team/?x=1", "https://sms.example/team/?x=1"}},
        {"a public URL with a path, asked for without the slash",
         "https://sms.example/team#rc=3",
         "/",
         {},
         "127.0.0.1",
         {"https://sms.example/team/", "https://sms.example/team"}},
        {"a public URL with a path that the tunnel keeps",
         "https://sms.example:8443/team",
         "/team/in",
         {},
         "127.0.0.1",
         {"https://sms.example:8443/team/team/in", "https://sms.example:8443/team/in"}},
    }));
    DYNAMIC_SECTION(row.name)
    {
        http::ServerRequest request;
        request.target = row.target;
        request.headers = row.headers;
        request.peer_address = row.peer;
        CHECK(webhook::signed_urls(request, row.public_url) == row.urls);
    }
}

TEST_CASE("our own TLS is what was signed, and a local proxy before it may say otherwise")
{
    http::ServerRequest request;
    request.target = "/";
    request.over_tls = true;
    request.headers = {{"Host", "sms.example"}};
    request.peer_address = "192.0.2.7";
    using Urls = std::vector<std::string>;
    CHECK(webhook::signed_urls(request, "") == Urls{"https://sms.example/"});
    request.peer_address = "127.0.0.1";
    CHECK(webhook::signed_urls(request, "") == Urls{"https://sms.example/"});
    request.headers.emplace_back("X-Forwarded-Host", "a.example");
    CHECK(webhook::signed_urls(request, "") == Urls{"https://a.example/", "https://sms.example/"});
}
