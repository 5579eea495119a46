#pragma once

#include <filesystem>
#include <string_view>

namespace smsctl {

/// Replaces `path` by a file that holds `text`, mode 0600: a reader sees the old file or the whole
/// new one, also after a crash. Throws `file.unwritable` (1) naming the path.
void write_atomically(const std::filesystem::path& path, std::string_view text);

} // namespace smsctl
