# Installs into a folder below BUILD, as a package and as an administrator would, and holds the
# files that came out against the places where Debian 12 looks for them.
function(check_install prefix)
    set(stage ${BUILD}/install${prefix})
    file(REMOVE_RECURSE ${stage})
    execute_process(
        COMMAND ${CMAKE_COMMAND} -E env DESTDIR=${stage} ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix}
        OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
    file(GLOB_RECURSE installed RELATIVE ${stage}${prefix} ${stage}/*)

    set(expected bin/smsctl share/bash-completion/completions/smsctl
        share/fish/vendor_completions.d/smsctl.fish share/zsh/vendor-completions/_smsctl
        lib/systemd/system/smsctl-reconcile@.service lib/systemd/system/smsctl-reconcile@.timer
        share/doc/smsctl/crontab ${ARGN})
    foreach(section 1 7)
        file(GLOB pages RELATIVE ${ROOT}/man ${ROOT}/man/*.${section})
        if(NOT pages)
            message(FATAL_ERROR "man/ has no page of section ${section}")
        endif()
        list(TRANSFORM pages PREPEND share/man/man${section}/)
        list(APPEND expected ${pages})
    endforeach()
    list(SORT installed)
    list(SORT expected)
    if(NOT installed STREQUAL expected)
        list(JOIN installed "\n  " installed)
        list(JOIN expected "\n  " expected)
        message(FATAL_ERROR "below ${prefix} there is\n  ${installed}\nand should be\n  ${expected}")
    endif()
    execute_process(COMMAND ${stage}${prefix}/bin/smsctl --version COMMAND_ERROR_IS_FATAL ANY)
    file(REMOVE_RECURSE ${stage})
endfunction()

check_install(/usr)
# Debian's zsh reads vendor-completions below /usr only.
check_install(/usr/local share/zsh/site-functions/_smsctl)
file(REMOVE_RECURSE ${BUILD}/install)
