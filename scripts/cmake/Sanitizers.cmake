add_library(smsctl_sanitizers INTERFACE)
if(SMSCTL_SANITIZE)
    target_compile_options(smsctl_sanitizers INTERFACE -fsanitize=${SMSCTL_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(smsctl_sanitizers INTERFACE -fsanitize=${SMSCTL_SANITIZE})
    if(NOT SMSCTL_SANITIZE MATCHES "thread")
        # A check before every pointer costs a quarter of the build; what it would catch ends in
        # the address sanitizer's report.
        target_compile_options(smsctl_sanitizers INTERFACE -fno-sanitize-recover=all
                                                           -fno-sanitize=null,alignment)
    endif()
endif()
