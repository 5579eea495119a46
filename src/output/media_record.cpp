#include "output/media_record.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smsctl::output {

namespace {

Record text_or_null(const std::string& text)
{
    return text.empty() ? Record(nullptr) : Record(text);
}

} // namespace

Record media_record(const Download& download, std::string_view message, std::string_view workspace)
{
    Record record;
    record["object"] = "media";
    record["id"] = fmt::format("{}-{}", message, download.position);
    record["workspace"] = workspace;
    record["message"] = message;
    record["position"] = download.position;
    record["url"] = download.media.url;
    record["content_type"] = text_or_null(download.content_type);
    record["size"] = download.size ? Record(*download.size) : Record(nullptr);
    record["path"] = text_or_null(download.path);
    record["error"] = download.error ? Record(download.error->what()) : Record(nullptr);
    return record;
}

} // namespace smsctl::output
