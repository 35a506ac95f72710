# SPDX-License-Identifier: Apache-2.0
# With PLUMBLINE_PORTABLE: what plumbline is linked to is inside of it, so that the program and its modules need nothing but
# glibc (and a module of MPI its MPI). For scripts/packaging/toolchain.cmake, whose system has the static libraries. Defines the targets
# that find_package() would have found.
include(CheckCXXSourceCompiles)

# plumbline_find_archive(<target> <header> <archive> ...)   an INTERFACE target of these static libraries
function(plumbline_find_archive target header)
  add_library(${target} INTERFACE IMPORTED)
  find_path(PLUMBLINE_${header}_FOLDER ${header} PATH_SUFFIXES hdf5/serial REQUIRED)
  target_include_directories(${target} SYSTEM INTERFACE ${PLUMBLINE_${header}_FOLDER})
  foreach(archive IN LISTS ARGN)
    find_library(PLUMBLINE_${archive}_ARCHIVE lib${archive}.a REQUIRED)
    target_link_libraries(${target} INTERFACE ${PLUMBLINE_${archive}_ARCHIVE})
  endforeach()
endfunction()

plumbline_find_archive(hdf5::hdf5 hdf5.h hdf5_serial sz aec z)
target_link_libraries(hdf5::hdf5 INTERFACE m ${CMAKE_DL_LIBS})
plumbline_find_archive(yaml-cpp yaml-cpp/yaml.h yaml-cpp)
plumbline_find_archive(Boost::context boost/context/fiber.hpp boost_context)
plumbline_find_archive(SQLite::SQLite3 sqlite3.h sqlite3 z)
target_link_libraries(SQLite::SQLite3 INTERFACE m ${CMAKE_DL_LIBS})
plumbline_find_archive(PkgConfig::libsodium sodium.h sodium)
# Debian has no static library of it.
plumbline_find_archive(fmt::fmt fmt/format.h)
target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY=1)

# plumbline_find_mpi(<target> <folder of mpi.h> <library> <name>)
function(plumbline_find_mpi target folder name)
  add_library(${target} INTERFACE IMPORTED)
  find_path(PLUMBLINE_${name}_FOLDER mpi.h PATH_SUFFIXES ${folder} lib/${CMAKE_LIBRARY_ARCHITECTURE}/${folder}
    PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE} REQUIRED)
  find_library(PLUMBLINE_${name}_LIBRARY ${name} REQUIRED)
  target_include_directories(${target} SYSTEM INTERFACE ${PLUMBLINE_${name}_FOLDER})
  target_link_libraries(${target} INTERFACE ${PLUMBLINE_${name}_LIBRARY})
endfunction()
plumbline_find_mpi(MPI::MPI_C openmpi/include libmpi.so.40)
plumbline_find_mpi(plumbline_mpich mpich libmpich.so.12)
# The name that MPICH's library has outside Debian; Intel MPI, MVAPICH and Cray MPICH keep to the same one (MPICH ABI).
plumbline_find_mpi(plumbline_mpich_abi mpich libmpi.so.12)
set(PLUMBLINE_MPI_FLAVOUR openmpi)

# Each program and module has its own libstdc++ inside: none of its symbols may meet another's. A function that this C library
# lacks is an error here, not where the program starts.
add_link_options(-static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -Wl,-z,defs -Wl,--as-needed)
