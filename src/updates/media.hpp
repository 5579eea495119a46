#pragma once

#include "core/clock.hpp"
#include "store/scope.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace smsctl::updates {

/// Enters what became of the download of a message's medium at `position`, from 1: the file it is
/// in, or else the problem. An event says the same, in the caller's transaction.
void enter_media(store::Scope& scope,
                 std::int64_t message_row,
                 std::size_t position,
                 const std::string& path,
                 const std::string& problem,
                 Instant now);

} // namespace smsctl::updates
