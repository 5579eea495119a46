#pragma once

#include <string_view>

namespace smsctl {

/// A file whose bytes were compiled in: its name without a folder, and its text.
struct EmbeddedFile {
    std::string_view name;
    std::string_view text;
};

} // namespace smsctl
