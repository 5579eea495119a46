# One interface target carries the warnings; all our targets link it.
add_library(smsctl_warnings INTERFACE)
target_compile_options(
    smsctl_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wextra-semi)
# GCC 12 sees an overlap in every optimised assignment of a literal to a string (GCC bug 105651),
# and, moving a variant of optionals, values read that were never set.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(smsctl_warnings INTERFACE -Wno-restrict $<$<NOT:$<CONFIG:Debug>>:-Wno-maybe-uninitialized>)
endif()
if(SMSCTL_WARNINGS_AS_ERRORS)
    target_compile_options(smsctl_warnings INTERFACE -Werror)
endif()
