# SPDX-License-Identifier: Apache-2.0
# MPI::MPI_C as SimGrid's SMPI, which runs the ranks inside one process on a simulated cluster.
# plumbline_make_simulated(<target>)   the program in the form that smpirun loads
#
# Not through the compiler wrapper smpicxx: it makes a shared object of every program that CMake tries, and its
# replacement of malloc and free breaks C++ headers.

find_path(PLUMBLINE_SMPI_INCLUDE_DIR smpi/smpi_helpers.h)
find_library(PLUMBLINE_SIMGRID_LIBRARY simgrid)
if(NOT PLUMBLINE_SMPI_INCLUDE_DIR OR NOT PLUMBLINE_SIMGRID_LIBRARY)
  message(FATAL_ERROR "PLUMBLINE_SMPI is on, but SimGrid was not found. Install libsimgrid-dev.")
endif()

add_library(MPI::MPI_C INTERFACE IMPORTED)
target_include_directories(MPI::MPI_C SYSTEM INTERFACE ${PLUMBLINE_SMPI_INCLUDE_DIR}/smpi)
target_compile_definitions(MPI::MPI_C INTERFACE SMPI_NO_OVERRIDE_MALLOC)
target_compile_options(MPI::MPI_C INTERFACE "SHELL:-include smpi/smpi_helpers.h")
target_link_libraries(MPI::MPI_C INTERFACE ${PLUMBLINE_SIMGRID_LIBRARY})

function(plumbline_make_simulated target)
  target_compile_options(${target} PRIVATE -fPIC)
  target_link_options(${target} PRIVATE -shared -Wl,-z,defs)
endfunction()
