#pragma once

#include "core/error.hpp"

#include <string>
#include <string_view>

namespace SQLite {
class Exception;
}

namespace smsctl::store {

/// What SQLite said (`code` is its extended result code) as the Error that users see. The one place
/// that knows which codes mean locked, full, read-only, damaged or not ours.
Error storage_error(int code, std::string_view said, const std::string& location);
Error storage_error(const SQLite::Exception& exception, const std::string& location);
/// What the operating system said when it would not do `what` ("create") with the file.
Error file_error(int error_number, std::string_view what, const std::string& location);

/// A SQLite file that some other program made.
Error not_ours_error(const std::string& location);

} // namespace smsctl::store
