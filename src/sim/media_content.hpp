#pragma once

#include "core/clock.hpp"
#include "http/server.hpp"

#include <string>
#include <string_view>

namespace smsctl::sim {

/// A file of a message. Nobody is asked for it: it comes with a data: URL
/// ("data:image/png;base64,…"), or a small one of the type that the URL's ending says stands in.
struct MediaFile {
    std::string content_type;
    std::string bytes;
};
MediaFile media_file(std::string_view url);
/// The type alone.
std::string media_type(std::string_view url);

/// Where the content is for the next four hours: signed, on another host name, as Twilio's redirect
/// has it. `host` is what the client called us, `name` the message and its medium: "MM…/ME…".
std::string
content_url(std::string_view host, std::string_view name, std::string_view auth_token, Instant now);

/// The media that such a URL's target names. 403 when its time is over or it was changed; 400 to a
/// client that sends credentials along, as the real store does.
struct ContentVerdict {
    std::string name; ///< empty: refused
    http::ServerResponse refusal;
};
ContentVerdict
judge_content(const http::ServerRequest& request, std::string_view auth_token, Instant now);

constexpr std::string_view content_root = "/media/";

} // namespace smsctl::sim
