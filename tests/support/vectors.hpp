#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace smsctl::test {

/// Where golden data is read from: `SMSCTL_VECTORS` when set, else tests/vectors.
std::filesystem::path vectors_folder();
/// A vector file of that folder, parsed; throws when it is missing, holds no vector, or not as many
/// as its `meta.count` says.
nlohmann::json read_vectors(const std::string& file);
std::string read_file(const std::filesystem::path& path);

} // namespace smsctl::test
