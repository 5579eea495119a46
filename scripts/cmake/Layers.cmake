# smsctl_layer(NAME [LAYERS layer...] [LIBRARIES lib...]): one folder below src/ as one library.
#
# LAYERS are the folders it may include, LIBRARIES what only its sources see. tests/layers.cmake
# holds the include lines against the same picture.
function(smsctl_layer name)
    cmake_parse_arguments(arg "" "" "LAYERS;LIBRARIES" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
    list(TRANSFORM arg_LAYERS PREPEND smsctl_)
    if(NOT sources)
        add_library(smsctl_${name} INTERFACE)
        target_include_directories(smsctl_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
        target_link_libraries(smsctl_${name} INTERFACE ${arg_LAYERS})
        return()
    endif()
    add_library(smsctl_${name} STATIC ${sources})
    target_include_directories(smsctl_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(
        smsctl_${name}
        PUBLIC ${arg_LAYERS}
        PRIVATE smsctl_warnings smsctl_sanitizers ${arg_LIBRARIES})
    target_link_libraries(smsctl_${name} INTERFACE smsctl_sanitizers)
    if(SMSCTL_TIDY)
        set_target_properties(smsctl_${name} PROPERTIES CXX_CLANG_TIDY "clang-tidy;--quiet")
    endif()
endfunction()
