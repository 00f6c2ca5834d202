# What every directory's CMakeLists.txt is written with.

find_package(PkgConfig REQUIRED)
pkg_check_modules(ZMQ REQUIRED IMPORTED_TARGET libzmq>=4.3.4)
pkg_check_modules(MSGPACK REQUIRED IMPORTED_TARGET msgpack>=4.0)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.14)
pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb>=0.9.24)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc>=2.6)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash>=0.8)
pkg_check_modules(XML2 REQUIRED IMPORTED_TARGET libxml-2.0>=2.9)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp>=2.5)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)

# libzmq's flags name the headers of libraries it uses itself, one with -isystem, which CMake
# puts elsewhere in a second run than in the first: everything would be built again.
pkg_get_variable(zmq_include libzmq includedir)
set_target_properties(PkgConfig::ZMQ PROPERTIES INTERFACE_COMPILE_OPTIONS ""
                      INTERFACE_INCLUDE_DIRECTORIES "${zmq_include}")

add_library(warta_flags INTERFACE)
target_include_directories(warta_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(warta_flags INTERFACE _GNU_SOURCE WARTA_VERSION="${PROJECT_VERSION}")
target_compile_options(warta_flags INTERFACE
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
    -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Wundef -Wwrite-strings
    -fno-common -fstack-protector-strong
    # A broken promise inside the program stops it, in every build.
    -UNDEBUG>)
target_link_options(warta_flags INTERFACE -Wl,-z,relro,-z,now)
# Who sets this wants the same bytes from the same sources, wherever they lie.
if(DEFINED ENV{SOURCE_DATE_EPOCH})
    target_compile_options(warta_flags INTERFACE -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
                           -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
endif()
if(WARNINGS_AS_ERRORS)
    target_compile_options(warta_flags INTERFACE $<$<COMPILE_LANGUAGE:C>:-Werror>)
endif()
if(SANITIZE)
    target_compile_options(warta_flags INTERFACE -fsanitize=${SANITIZE}
                           -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(warta_flags INTERFACE -fsanitize=${SANITIZE})
else()
    target_compile_options(warta_flags INTERFACE
        $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
endif()

# warta_library(NAME SOURCES a.c b.c LINK lib...): a static library of this directory.
function(warta_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE warta_flags)
endfunction()

# warta_program(NAME SOURCES a.c LINK lib...): a program, left at the top of the build tree.
function(warta_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINK} warta_flags)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()

# warta_test(KIND NAME SOURCES a.c LINK lib... [TIMEOUT s]): one cmocka program, one CTest entry.
function(warta_test kind name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINK" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 60)
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINK} test_support warta_flags)
    add_test(NAME ${kind}/${name} COMMAND ${name})
    set_tests_properties(${kind}/${name} PROPERTIES LABELS ${kind} TIMEOUT ${ARG_TIMEOUT}
                         SKIP_RETURN_CODE 77)
endfunction()

# warta_script_test(KIND NAME TIMEOUT s COMMAND ...): a test that is a script; exit 77 skips.
function(warta_script_test kind name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "COMMAND" ${ARGN})
    add_test(NAME ${kind}/${name} COMMAND ${ARG_COMMAND})
    set_tests_properties(${kind}/${name} PROPERTIES LABELS ${kind} TIMEOUT ${ARG_TIMEOUT}
                         SKIP_RETURN_CODE 77
                         ENVIRONMENT "WARTA=${CMAKE_BINARY_DIR}/warta;WARTA_SOURCE=${CMAKE_SOURCE_DIR}")
endfunction()
