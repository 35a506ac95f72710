# SPDX-License-Identifier: Apache-2.0
# plumbline_unit_test(<name> SOURCES ... [DEPS ...])     GoogleTest cases without MPI, a CTest entry <name>.<suite> for each suite
# plumbline_mpi_test(<name> NP 1 2 4 SOURCES ... [DEPS ...])   the program under mpiexec at each rank count

# Open MPI starts in half the time where it isn't left to look for networks (pml). Tests whose ranks communicate all the time hold the
# lock "ranks": two of them on two cores wait for each other's turns. Those that start the program as a user does hold "launches": they
# mostly wait for launches to start, end or be told hung, beside one of the former and one that starts no ranks.
# Open MPI 4 ends a launch whose ranks end with a status other than 0 after 1 to 2 s of grace (odls_base_sigkill_timeout); most runs
# here end so.
# Leaks in Open MPI itself would fail every program that starts it; its transports take locks in changing order.
# A test preloads a library before the sanitizers' own. UCX, which Debian's MPICH is built with, patches calls that they intercept.
set(PLUMBLINE_MPI_TEST_ENVIRONMENT
  "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_pml=ob1;OMPI_MCA_mpi_yield_when_idle=1;OMPI_MCA_rmaps_base_oversubscribe=1;OMPI_MCA_hwloc_base_binding_policy=none;OMPI_MCA_odls_base_sigkill_timeout=0;UCX_MEM_MMAP_HOOK_MODE=none;ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0;TSAN_OPTIONS=detect_deadlocks=0")

# A test is ended for a hang after so many times what it may take on a usual machine: others build and test beside it, a virtual machine's
# page faults may take twenty times as long, and instrumented programs start and run slowly.
set(PLUMBLINE_PATIENCE 3)
if(PLUMBLINE_SANITIZE)
  set(PLUMBLINE_PATIENCE 6)
endif()

# What is tested is optimised; the tests themselves are compiled a third faster without.
set(PLUMBLINE_UNIT_TEST_OPTIONS $<$<CONFIG:Debug>:-O0>)
add_library(plumbline_precompiled_tests OBJECT ${PROJECT_BINARY_DIR}/precompiled.cpp)
target_compile_options(plumbline_precompiled_tests PRIVATE ${PLUMBLINE_UNIT_TEST_OPTIONS})
target_link_libraries(plumbline_precompiled_tests PRIVATE plumbline_options fmt::fmt GTest::gmock GTest::gtest)
plumbline_precompile(plumbline_precompiled_tests <gmock/gmock.h> <gtest/gtest.h>)

set(PLUMBLINE_SKIPPED_TESTS "" CACHE STRING "Unit tests that CTest leaves out, as --gtest_filter takes them")
add_library(plumbline_unit_main OBJECT ${PROJECT_SOURCE_DIR}/tests/support/unit_main.cpp)
target_link_libraries(plumbline_unit_main PRIVATE plumbline_options GTest::gmock GTest::gtest)
plumbline_reuse_precompiled(plumbline_unit_main plumbline_precompiled_tests)
target_compile_options(plumbline_unit_main PRIVATE ${PLUMBLINE_UNIT_TEST_OPTIONS})

function(plumbline_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES} $<TARGET_OBJECTS:plumbline_unit_main>)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE plumbline_options ${ARG_DEPS} fmt::fmt GTest::gmock GTest::gtest)
  plumbline_reuse_precompiled(${name} plumbline_precompiled_tests)
  plumbline_unite(${name})
  target_compile_options(${name} PRIVATE ${PLUMBLINE_UNIT_TEST_OPTIONS})
  set(suites ${CMAKE_CURRENT_BINARY_DIR}/${name}_suites.cmake)
  file(GENERATE OUTPUT ${suites} CONTENT "include(${PROJECT_SOURCE_DIR}/scripts/cmake/PlumblineSuites.cmake)
plumbline_add_suites(${name} \"$<TARGET_FILE:${name}>\" \"${PLUMBLINE_SKIPPED_TESTS}\")\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${suites})
endfunction()

function(plumbline_mpi_test name)
  cmake_parse_arguments(ARG "" "" "NP;SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE plumbline_options ${ARG_DEPS} fmt::fmt GTest::gmock GTest::gtest)
  plumbline_reuse_precompiled(${name} plumbline_precompiled_tests)
  plumbline_unite(${name})
  target_compile_options(${name} PRIVATE ${PLUMBLINE_UNIT_TEST_OPTIONS})
  foreach(np IN LISTS ARG_NP)
    add_test(NAME ${name}.np${np} COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${np} $<TARGET_FILE:${name}>)
    math(EXPR timeout "180 * ${PLUMBLINE_PATIENCE}")
    set_tests_properties(${name}.np${np} PROPERTIES
      TIMEOUT ${timeout} COST 400 RESOURCE_LOCK ranks LABELS mpi ENVIRONMENT "${PLUMBLINE_MPI_TEST_ENVIRONMENT}")
  endforeach()
endfunction()
