#pragma once

#include "store/database.hpp"

#include <string>
#include <vector>

namespace smsctl::store {

/// The embedded steps, in the order of their versions.
const std::vector<Migration>& embedded_migrations();

/// The schema's version of an open file, 0 for a fresh one. Throws `storage.not_ours` for another
/// program's and `storage.newer_schema` for one past `newest`.
int identify(Connection& connection, const std::string& location, int newest);

/// Applies what `steps` has above the file's version, after a backup beside the file unless it was
/// fresh; returns the backup's path or "". Of several processes one does the work, under the write
/// lock, and the others find it done.
std::string bring_forward(Connection& connection,
                          const std::string& location,
                          const std::vector<Migration>& steps);

/// Copies the whole database at `location` to the new file `target`, mode 0600.
void copy_database(Connection& source,
                   const std::string& location,
                   const std::filesystem::path& target);

} // namespace smsctl::store
