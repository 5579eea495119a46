#pragma once

#include "media/downloader.hpp"
#include "output/media_record.hpp"
#include "sms/message.hpp"
#include "workspace/workspace.hpp"

#include <cstddef>
#include <string>

namespace smsctl {

class Session;

/// How media of this workspace's messages is fetched. Throws what keeps its credentials from being
/// read.
media::DownloadRules media_rules(const Workspace& workspace, Session& session);

/// Fetches `message`'s medium at `position`, from 1, to a file of `folder` whose name we make. What
/// goes wrong stands in the result.
output::Download download_to(const std::string& folder,
                             const sms::Message& message,
                             std::size_t position,
                             media::Downloader& downloader);

} // namespace smsctl
