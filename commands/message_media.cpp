#include "commands/message_media.hpp"

#include "commands/media_files.hpp"
#include "commands/send_outcome.hpp"
#include "output/media_record.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace smsctl {

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
        media::Downloader downloader(media_rules(workspace, session));
        for (std::size_t i = 0; i < message.media.size() && !stop.stop_requested(); ++i) {
            const output::Download result = download_to(folder, message, i + 1, downloader);
            sum.add({result.media.url, result.error});
            printer.print(output::media_record(result, message.id, workspace.name));
        }
    }
    printer.finish();
    session.throw_if_stopped("run it again for the rest");
    session.note_empty(printer.count(), fmt::format("{} has no media", message.id));
    sum.raise();
}

} // namespace smsctl
