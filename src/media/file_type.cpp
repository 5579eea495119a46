#include "media/file_type.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace smsctl::media {

namespace {

struct FileType {
    std::string_view type;
    std::string_view extension;
};

// Twilio, "Accepted content types for media". Left out is what a browser would run: SVG, HTML.
constexpr std::array types{FileType{"image/jpeg", ".jpg"},     FileType{"image/jpg", ".jpg"},
                           FileType{"image/png", ".png"},      FileType{"image/gif", ".gif"},
                           FileType{"image/webp", ".webp"},    FileType{"image/heic", ".heic"},
                           FileType{"image/heif", ".heif"},    FileType{"image/bmp", ".bmp"},
                           FileType{"image/tiff", ".tiff"},    FileType{"audio/basic", ".au"},
                           FileType{"audio/l24", ".l24"},      FileType{"audio/mp4", ".m4a"},
                           FileType{"audio/mpeg", ".mp3"},     FileType{"audio/ogg", ".ogg"},
                           FileType{"audio/aac", ".aac"},      FileType{"audio/3gpp", ".3gp"},
                           FileType{"audio/3gpp2", ".3g2"},    FileType{"audio/ac3", ".ac3"},
                           FileType{"audio/webm", ".webm"},    FileType{"audio/amr", ".amr"},
                           FileType{"audio/amr-nb", ".amr"},   FileType{"video/mpeg", ".mpeg"},
                           FileType{"video/mp4", ".mp4"},      FileType{"video/quicktime", ".mov"},
                           FileType{"video/webm", ".webm"},    FileType{"video/3gpp", ".3gp"},
                           FileType{"video/3gpp2", ".3g2"},    FileType{"video/h263", ".h263"},
                           FileType{"video/h264", ".h264"},    FileType{"text/vcard", ".vcf"},
                           FileType{"text/x-vcard", ".vcf"},   FileType{"text/calendar", ".ics"},
                           FileType{"text/plain", ".txt"},     FileType{"text/csv", ".csv"},
                           FileType{"application/pdf", ".pdf"}};

const FileType* find(std::string_view type)
{
    const auto* const found = std::ranges::find(types, type, &FileType::type);
    return found == types.end() ? nullptr : found;
}

} // namespace

std::string bare_type(std::string_view content_type)
{
    return text::lower(text::trim(content_type.substr(0, content_type.find(';'))));
}

bool is_safe(std::string_view type)
{
    return find(type) != nullptr;
}

std::string_view extension(std::string_view type)
{
    const FileType* const found = find(type);
    return found == nullptr ? ".bin" : found->extension;
}

} // namespace smsctl::media
