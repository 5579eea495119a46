# One interface target carries the warnings; all our targets link it.
add_library(smsctl_warnings INTERFACE)
target_compile_options(
    smsctl_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wextra-semi)
if(SMSCTL_WARNINGS_AS_ERRORS)
    target_compile_options(smsctl_warnings INTERFACE -Werror)
endif()
