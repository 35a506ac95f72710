# SPDX-License-Identifier: Apache-2.0
# What plumbline is built with: found, or one sentence that says what is missing, what it has to be and where it comes from.

# plumbline_refuse(<problem> <why> <suggestion>)
function(plumbline_refuse problem why suggestion)
  message(FATAL_ERROR "${problem} (${why}). ${suggestion}")
endfunction()

set(PLUMBLINE_MINIMUM_GNU 11)
set(PLUMBLINE_MINIMUM_Clang 16)
foreach(compiler GNU Clang)
  if(CMAKE_CXX_COMPILER_ID STREQUAL compiler AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS PLUMBLINE_MINIMUM_${compiler})
    string(REPLACE GNU GCC name ${compiler})
    plumbline_refuse("${CMAKE_CXX_COMPILER} is ${name} ${CMAKE_CXX_COMPILER_VERSION}"
      "C++20 as plumbline uses it begins with ${name} ${PLUMBLINE_MINIMUM_${compiler}}"
      "Choose a newer one: -DCMAKE_CXX_COMPILER=g++-11, on RHEL and Rocky gcc-toolset-11, with spack gcc@11")
  endif()
endforeach()

# plumbline_need(<package> <at least, or ""> <names under apt, dnf and spack> [<argument of find_package> ...])
macro(plumbline_need package minimum names)
  find_package(${package} QUIET ${ARGN})
  if(NOT ${package}_FOUND)
    plumbline_refuse("${package} was not found" "plumbline is built with it" "Install it (${names}), or give its place: -DCMAKE_PREFIX_PATH=FOLDER")
  endif()
  if(NOT "${minimum}" STREQUAL "" AND ${package}_VERSION VERSION_LESS "${minimum}")
    plumbline_refuse("${package} is ${${package}_VERSION}" "plumbline is built with ${minimum} or newer"
      "Install a newer one (${names}), or give its place: -DCMAKE_PREFIX_PATH=FOLDER")
  endif()
endmacro()
