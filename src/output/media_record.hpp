#pragma once

#include "output/record.hpp"
#include "sms/message.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace smsctl::output {

/// What became of the download of one medium of a message.
struct Download {
    std::size_t position = 1; ///< 1 for the message's first
    sms::Media media;
    std::string content_type; ///< as downloaded, else as the provider said
    std::optional<std::size_t> size;
    std::string path; ///< of the file; empty without one
    std::optional<Error> error;
};
Record media_record(const Download& download, std::string_view message, std::string_view workspace);

} // namespace smsctl::output
