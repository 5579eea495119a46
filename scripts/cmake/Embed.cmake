# smsctl_embed(TARGET NAMESPACE FILE...): the files' texts as one table in TARGET.
#
# Makes a header NAMESPACE.hpp that declares `std::span<const smsctl::EmbeddedFile> NAMESPACE()`,
# sorted by name, and the source that defines it; made anew when a file changes.
function(smsctl_embed target name)
    set(files ${ARGN})
    list(SORT files)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name})
    string(JOIN "|" joined ${files})
    add_custom_command(
        OUTPUT ${out}.hpp ${out}.cpp
        COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DOUT=${out} "-DFILES=${joined}"
                -P ${CMAKE_SOURCE_DIR}/scripts/cmake/embed_files.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/scripts/cmake/embed_files.cmake
        VERBATIM)
    target_sources(${target} PRIVATE ${out}.cpp ${out}.hpp)
    target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
