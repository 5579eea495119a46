#include "commands/media_files.hpp"

#include "commands/session.hpp"
#include "media/file_type.hpp"
#include "providers/registry.hpp"
#include "workspace/private_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace smsctl {

namespace {

namespace fs = std::filesystem;

bool holds(const fs::path& path, const std::string& bytes)
{
    std::error_code problem;
    if (fs::file_size(path, problem) != bytes.size() || problem)
        return false;
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {}) == bytes;
}

/// The name is made of what is ours: nothing the provider says can lead out of the folder.
fs::path write(const media::Content& content, const fs::path& folder, const std::string& stem)
{
    const fs::path path = folder / fmt::format("{}{}", stem, media::extension(content.type));
    try {
        make_private_folder(folder);
        if (!create_private_file(path, content.bytes) && !holds(path, content.bytes))
            throw Error(Exit::failed,
                        "file.exists",
                        fmt::format("{} is there already and holds something else", path.string()),
                        "move it away, or name another folder");
    } catch (const std::system_error& error) {
        throw Error(Exit::failed, "file.unwritable", fmt::format("cannot write {}", error.what()));
    }
    return path;
}

} // namespace

media::DownloadRules media_rules(const Workspace& workspace, Session& session)
{
    media::DownloadRules rules;
    rules.provider = workspace.provider;
    rules.auth.user = workspace.api_key_id.empty() ? workspace.account_id : workspace.api_key_id;
    rules.auth.password = session.api_secret(workspace);
    rules.api_base = session.api_base(workspace);
    providers::check_api_base(workspace.provider, rules.api_base);
    rules.longest = workspace.media_max();
    return rules;
}

output::Download download_to(const std::string& folder,
                             const sms::Message& message,
                             std::size_t position,
                             media::Downloader& downloader)
{
    const sms::Media& media = message.media.at(position - 1);
    output::Download result{position, media, media.content_type, {}, {}, {}};
    const auto fetched = downloader.fetch(media);
    if (const auto* error = std::get_if<Error>(&fetched)) {
        result.error = *error;
        return result;
    }
    const auto& content = std::get<media::Content>(fetched);
    result.content_type = content.type;
    result.size = content.bytes.size();
    try {
        result.path = write(content, folder, fmt::format("{}-{}", message.id, position)).string();
    } catch (const Error& error) {
        result.error = error;
    }
    return result;
}

} // namespace smsctl
