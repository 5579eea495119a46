#pragma once

#include "core/error.hpp"

#include <stdexcept>

namespace smsctl::test {

/// The Error that `call` throws; a test that expects one and gets none fails.
template <typename Call>
Error error_of(Call call)
{
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    throw std::logic_error("no error was thrown");
}

} // namespace smsctl::test
