#pragma once

#include <filesystem>
#include <string_view>

namespace smsctl {

/// Makes the folder and its missing parents, each with mode 0700. Throws std::system_error.
void make_private_folder(const std::filesystem::path& folder);

/// Writes `bytes` to a new file with mode 0600 that appears whole or not at all; false when `path`
/// is there already. Throws std::system_error.
bool create_private_file(const std::filesystem::path& path, std::string_view bytes);

/// A new, empty file with mode 0600 beside `path`, under a name nobody else uses. Throws
/// std::system_error.
std::filesystem::path private_sibling(const std::filesystem::path& path);

/// Gives `from` the name `to`; false, and nothing done, when `to` is there already. Throws
/// std::system_error.
bool rename_if_free(const std::filesystem::path& from, const std::filesystem::path& to);

} // namespace smsctl
