#pragma once

#include <string>
#include <string_view>

namespace smsctl::media {

/// The media type alone, in lower case: "image/jpeg" of "Image/JPEG; name=x".
std::string bare_type(std::string_view content_type);
/// Whether a bare type is one that phones send and nothing runs: pictures, sound, films, contact
/// cards, plain text, PDF.
bool is_safe(std::string_view type);
/// What a file of this bare type is called, with its dot: ".jpg"; ".bin" unless it is safe.
std::string_view extension(std::string_view type);

} // namespace smsctl::media
