// A request as it comes off the wire, up to the verdict on its signature: Beast's parser under our
// limits, the request we make of it, the URLs it may have been signed for, what the provider reads,
// and what is kept of it.

#include "core/text.hpp"
#include "http/server_wire.hpp"
#include "must.hpp"
#include "providers/twilio/callback.hpp"
#include "providers/twilio/signature.hpp"
#include "webhook/kept_request.hpp"
#include "webhook/signed_urls.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>

using namespace smsctl;
using fuzz::must;

namespace {

constexpr std::size_t header_limit = 16384;
constexpr std::size_t body_limit = 1048576;

/// In two pieces, as TCP may bring it; nothing when it is no whole request.
std::optional<http::ServerRequest> read(std::string_view bytes, std::size_t first)
{
    http::RequestParser parser;
    parser.header_limit(header_limit);
    parser.body_limit(body_limit);
    parser.eager(true);
    std::string waiting;
    for (const std::string_view piece : {bytes.substr(0, first), bytes.substr(first)}) {
        waiting += piece;
        if (parser.is_done()) // what follows is the next request
            break;
        if (waiting.empty()) // the server asks the parser only once something came
            continue;
        boost::system::error_code ec;
        const std::size_t taken = parser.put(boost::asio::buffer(waiting), ec);
        waiting.erase(0, taken);
        if (ec && ec != boost::beast::http::error::need_more) {
            const auto status = http::refusal_status(ec);
            must(!status || (*status >= 400 && *status < 500), "a refusal is the client's fault");
            return std::nullopt;
        }
    }
    if (!parser.is_done())
        return std::nullopt;
    static_cast<void>(http::awaits_continue(parser.get()));
    return http::from_wire(parser.release(), "127.0.0.1");
}

providers::WebhookRequest asking(const http::ServerRequest& request, std::string_view public_url)
{
    return {.method = request.method,
            .urls = webhook::signed_urls(request, public_url),
            .headers = request.headers,
            .body = request.body};
}

void keep_and_restore(const http::ServerRequest& request, std::string_view public_url)
{
    const providers::twilio::Callbacks callbacks;
    const Secret secret("a token that signed nothing of this");
    const std::string before = callbacks.signature_problem(asking(request, public_url), secret);
    must(!before.empty(), "nobody signs without the token");

    const std::string payload = text::to_utf8(request.body);
    const auto kept = webhook::decode(webhook::encode(webhook::keep(request, public_url, payload)));
    must(kept.has_value(), "what is kept can be read");
    if (!kept->is_whole)
        return;
    const http::ServerRequest restored = webhook::restore(*kept, payload);
    must(restored.method == request.method && restored.target == request.target,
         "a kept request has its target");
    must(request.method == "GET" || restored.body == request.body, "and its body");
    // Of several headers of a name the first counts, and is the one that is kept.
    must(webhook::signed_urls(restored, kept->public_url) ==
             webhook::signed_urls(request, public_url),
         "and may have been signed for the same URLs");
}

/// Signed by us it holds, whatever it is.
void sign_and_verify(http::ServerRequest request, std::string_view public_url)
{
    const Secret secret("a token");
    providers::WebhookRequest signed_one = asking(request, public_url);
    if (request.method != "POST" || signed_one.urls.empty() ||
        !http::header(request.headers, "X-Twilio-Signature").empty() ||
        !http::header(request.headers, "Content-Type").empty())
        return;
    signed_one.headers.emplace_back("X-Twilio-Signature",
                                    providers::twilio::sign(signed_one.urls.front(),
                                                            http::decode_form(request.body),
                                                            secret.reveal()));
    const providers::twilio::Callbacks callbacks;
    must(callbacks.signature_problem(signed_one, secret).empty(), "what we sign holds");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view bytes = fuzz::text_of(data + 1, size - 1);
    const auto request = read(bytes, std::min<std::size_t>(data[0], bytes.size()));
    if (!request)
        return 0;
    const providers::twilio::Callbacks callbacks;
    for (const char* const public_url : {"", "https://example.com/sms/"}) {
        const providers::WebhookRequest asked = asking(*request, public_url);
        static_cast<void>(callbacks.recognises(asked));
        const auto content = callbacks.read(asked);
        if (const auto* text = std::get_if<providers::InboundMessage>(&content))
            must(!text->provider_id.empty() && !text->from.empty(),
                 "a text has an id and a sender");
        keep_and_restore(*request, public_url);
        sign_and_verify(*request, public_url);
    }
    return 0;
}
