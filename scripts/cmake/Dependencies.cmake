# Every library is a Debian 12 package; scripts/packages.txt names them.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(simdjson REQUIRED)
find_package(mimalloc REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(Boost 1.74 REQUIRED)

find_path(PHONENUMBER_INCLUDE_DIR phonenumbers/phonenumberutil.h REQUIRED)
add_library(phonenumber INTERFACE)
target_include_directories(phonenumber SYSTEM INTERFACE ${PHONENUMBER_INCLUDE_DIR})

# libphonenumber brings a dozen shared libraries (protobuf, abseil), and loading them costs every
# command a quarter of its start-up: it is linked in where Debian's archives are there.
set(phonenumber_archives "")
foreach(archive phonenumber protobuf-lite absl_hash absl_city absl_low_level_hash absl_int128
                absl_raw_hash_set absl_raw_logging_internal absl_strings absl_strings_internal
                absl_throw_delegate)
    find_library(ARCHIVE_${archive} NAMES lib${archive}.a)
    mark_as_advanced(ARCHIVE_${archive})
    list(APPEND phonenumber_archives ${ARCHIVE_${archive}})
endforeach()
if(phonenumber_archives MATCHES "NOTFOUND")
    find_library(PHONENUMBER_LIBRARY phonenumber REQUIRED)
    target_link_libraries(phonenumber INTERFACE ${PHONENUMBER_LIBRARY})
else()
    target_link_libraries(phonenumber INTERFACE -Wl,--start-group ${phonenumber_archives} -Wl,--end-group
                          ICU::i18n ICU::uc Threads::Threads)
endif()

# libcsv is a few kilobytes: linked in, it is one library less to load.
find_path(CSV_INCLUDE_DIR csv.h REQUIRED)
find_library(CSV_LIBRARY NAMES libcsv.a csv REQUIRED)
add_library(csv INTERFACE)
target_include_directories(csv SYSTEM INTERFACE ${CSV_INCLUDE_DIR})
target_link_libraries(csv INTERFACE ${CSV_LIBRARY})

find_path(MUSTACHE_INCLUDE_DIR kainjow/mustache.hpp REQUIRED)
add_library(kainjow_mustache INTERFACE)
target_include_directories(kainjow_mustache SYSTEM INTERFACE ${MUSTACHE_INCLUDE_DIR})

# So is expat, which reads what applications answer.
find_path(EXPAT_INCLUDE_DIR expat.h REQUIRED)
find_library(EXPAT_LIBRARY NAMES libexpat.a expat REQUIRED)
add_library(expat INTERFACE)
target_include_directories(expat SYSTEM INTERFACE ${EXPAT_INCLUDE_DIR})
target_link_libraries(expat INTERFACE ${EXPAT_LIBRARY})
