# SPDX-License-Identifier: Apache-2.0
# plumbline_add_library(<name> SOURCES ... [PUBLIC_DEPS ...] [PRIVATE_DEPS ...])
# A static library plumbline_<name>, alias plumbline::<name>, with the project's warnings and sanitizers.
# One whose name begins with backend_ is linked to the launcher: the global property PLUMBLINE_BACKENDS has them all.

option(PLUMBLINE_UNITY "Compile sources of a folder together" OFF)

add_library(plumbline_options INTERFACE)
target_compile_options(plumbline_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wswitch-enum -Wformat=2
  # What is compiled together sees other sources' names as a header's.
  $<IF:$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${PLUMBLINE_UNITY}>>,-Wshadow=local;-Wno-subobject-linkage,-Wshadow>
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<BOOL:${CMAKE_CXX_CLANG_TIDY}>>>:-Wduplicated-cond;-Wlogical-op>
  # GCC 12 warns falsely of operator+(const char*, std::string&&): gcc.gnu.org/bugzilla 105651.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # With -O2 and precompiled headers, whose warnings aren't known to be the standard library's, it does so of more.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread>
  # libstdc++ 12's own stable_sort calls what C++17 deprecated; Vega's modules are long.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations;-Wno-overlength-strings>
  $<$<BOOL:${PLUMBLINE_WERROR}>:-Werror>)
if(PLUMBLINE_SANITIZE)
  target_compile_options(plumbline_options INTERFACE
    -fsanitize=${PLUMBLINE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    # GCC 12 warns falsely of optionals and regexes that the sanitizers instrument: gcc.gnu.org/bugzilla 105562.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    # Libraries opened at run time have their own enumerations where our declarations have ours, of the same size.
    $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
  target_link_options(plumbline_options INTERFACE -fsanitize=${PLUMBLINE_SANITIZE})
endif()
if(PLUMBLINE_FUZZ)
  target_compile_options(plumbline_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The links of a build with tests are many and carry debug information: mold makes them faster, where it is.
if(PLUMBLINE_BUILD_TESTS)
  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=mold PLUMBLINE_HAS_MOLD)
  if(PLUMBLINE_HAS_MOLD)
    target_link_options(plumbline_options INTERFACE -fuse-ld=mold)
  endif()
endif()

# Half of the compiler's time went into reading these again for each file. The sources still include what they use:
# with PLUMBLINE_PCH=OFF, as in the preset tidy, they are built without.
option(PLUMBLINE_PCH "Precompile the headers that most files include" ON)
set(PLUMBLINE_COMMON_HEADERS <algorithm> <array> <cmath> <cstddef> <cstdint> <functional> <map> <memory> <optional> <set> <span>
    <string> <string_view> <utility> <vector> <fmt/format.h> <fmt/ranges.h>)

# ccache keeps what uses precompiled headers only with these, and with CCACHE_SLOPPINESS as scripts/test sets it.
if(PLUMBLINE_PCH AND CMAKE_CXX_COMPILER_LAUNCHER MATCHES "ccache")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  else()
    add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
  endif()
endif()

# plumbline_precompile(<target> [<header> ...])   PLUMBLINE_COMMON_HEADERS and these, for all that reuse it
function(plumbline_precompile target)
  if(PLUMBLINE_PCH)
    target_precompile_headers(${target} PRIVATE ${PLUMBLINE_COMMON_HEADERS} ${ARGN})
  endif()
endfunction()

# plumbline_reuse_precompiled(<target> [<from>])   where <from> isn't said, plumbline_precompiled, which is position-independent
function(plumbline_reuse_precompiled target)
  if(NOT PLUMBLINE_PCH)
    return()
  endif()
  # What it was precompiled with has to hold where it is used.
  target_compile_definitions(${target} PRIVATE $<TARGET_PROPERTY:fmt::fmt,INTERFACE_COMPILE_DEFINITIONS>)
  if(ARGC GREATER 1)
    target_precompile_headers(${target} REUSE_FROM ${ARGV1})
  else()
    target_precompile_headers(${target} REUSE_FROM plumbline_precompiled)
    get_target_property(type ${target} TYPE)
    if(type MATCHES "EXECUTABLE|OBJECT")
      # Not the property, which is -fPIE for a program.
      target_compile_options(${target} PRIVATE -fPIC)
    endif()
  endif()
endfunction()

file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/precompiled.cpp CONTENT "")
add_library(plumbline_precompiled OBJECT ${PROJECT_BINARY_DIR}/precompiled.cpp)
set_target_properties(plumbline_precompiled PROPERTIES POSITION_INDEPENDENT_CODE ON)

# plumbline_unite(<target>)   with PLUMBLINE_UNITY, compiles up to eight sources of one folder together, in half of the time. Names
# that aren't declared in headers (of anonymous namespaces) are unique in a folder then. Builds without it show what isn't included.
function(plumbline_unite target)
  if(NOT PLUMBLINE_UNITY)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "^[^$/].*\\.cpp$")
  # Readers of other suites' logs have the same few words for different things.
  list(FILTER sources EXCLUDE REGEX "(^|/)import/")
  list(SORT sources)
  foreach(source IN LISTS sources)
    get_filename_component(folder ${source} DIRECTORY)
    string(MAKE_C_IDENTIFIER "${folder}" group)
    math(EXPR count_${group} "0${count_${group}} + 1")
    math(EXPR part "(${count_${group}} - 1) / 8")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group}_${part})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

function(plumbline_add_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC_DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(plumbline_${name} STATIC ${ARG_SOURCES})
  add_library(plumbline::${name} ALIAS plumbline_${name})
  target_include_directories(plumbline_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_compile_features(plumbline_${name} PUBLIC cxx_std_20)
  set_target_properties(plumbline_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(plumbline_${name} PUBLIC ${ARG_PUBLIC_DEPS} PRIVATE $<BUILD_INTERFACE:plumbline_options> ${ARG_PRIVATE_DEPS})
  plumbline_reuse_precompiled(plumbline_${name})
  plumbline_unite(plumbline_${name})
  if(name MATCHES "^backend_")
    set_property(GLOBAL APPEND PROPERTY PLUMBLINE_BACKENDS plumbline::${name})
  endif()
endfunction()

# plumbline_install_module(<target> <name>)   what the program opens beside it: modules/NAME.so, installed in lib/plumbline. All
# but its entry point stays inside, where what it needs is inside too.
function(plumbline_install_module target name)
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} LINKER_LANGUAGE CXX LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/modules)
  if(PLUMBLINE_PORTABLE)
    target_link_options(${target} PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/scripts/cmake/module_symbols.map)
  endif()
  install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/plumbline)
endfunction()
