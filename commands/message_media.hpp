#pragma once

#include "commands/session.hpp"
#include "sms/message.hpp"

#include <string>

namespace smsctl {

/// Downloads the media of `message` into `folder` and prints a media record for each. Throws what
/// they add up to.
void download_media(const sms::Message& message, const std::string& folder, Session& session);

} // namespace smsctl
