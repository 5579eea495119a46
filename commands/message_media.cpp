#include "commands/message_media.hpp"

#include "commands/send_outcome.hpp"
#include "media/downloader.hpp"
#include "media/file_type.hpp"
#include "output/media_record.hpp"
#include "providers/registry.hpp"
#include "workspace/private_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace smsctl {

namespace {

namespace fs = std::filesystem;

media::DownloadRules rules_of(const Workspace& workspace, Session& session)
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

/// Fetches `result.media` and fills in the rest.
void download(media::Downloader& downloader,
              const fs::path& folder,
              const std::string& stem,
              output::Download& result)
{
    const auto fetched = downloader.fetch(result.media);
    if (const auto* error = std::get_if<Error>(&fetched)) {
        result.error = *error;
        return;
    }
    const auto& content = std::get<media::Content>(fetched);
    result.content_type = content.type;
    result.size = content.bytes.size();
    try {
        result.path = write(content, folder, stem).string();
    } catch (const Error& error) {
        result.error = error;
    }
}

} // namespace

void download_media(const sms::Message& message, const std::string& folder, Session& session)
{
    const Workspace& workspace = session.workspace(Access::reading);
    if (session.options().dry_run) {
        for (const sms::Media& media : message.media)
            session.note(fmt::format("would download {} to {}", media.url, folder));
        return;
    }
    const std::stop_token stop = session.stop_token();
    auto printer = session.printer(output::Shape::many,
                                   "media",
                                   {{"id", "ID"},
                                    {"content_type", "TYPE"},
                                    {"size", "BYTES"},
                                    {"path", "FILE"},
                                    {"error", "ERROR"}});
    OutcomeSum sum;
    if (!message.media.empty()) {
        media::Downloader downloader(rules_of(workspace, session));
        for (std::size_t i = 0; i < message.media.size() && !stop.stop_requested(); ++i) {
            const sms::Media& media = message.media[i];
            output::Download result{i + 1, media, media.content_type, {}, {}, {}};
            download(downloader, folder, fmt::format("{}-{}", message.id, i + 1), result);
            sum.add({media.url, result.error});
            printer.print(output::media_record(result, message.id, workspace.name));
        }
    }
    printer.finish();
    session.throw_if_stopped("run it again for the rest");
    session.note_empty(printer.count(), fmt::format("{} has no media", message.id));
    sum.raise();
}

} // namespace smsctl
