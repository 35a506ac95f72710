# SPDX-License-Identifier: Apache-2.0
# plumbline_add_suites(<name> <program> <skipped>)   read by ctest itself: an entry <name>.<suite> for each suite of a GoogleTest program,
# without the tests that the filter <skipped> names. A process for each test would take longer to start than most tests take.

function(plumbline_add_suites name program skipped)
  if(NOT EXISTS "${program}")
    add_test(${name}_NOT_BUILT ${name}_NOT_BUILT)
    return()
  endif()
  execute_process(COMMAND "${program}" --gtest_list_tests "--gtest_filter=*-${skipped}"
    OUTPUT_VARIABLE listed RESULT_VARIABLE status OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(REGEX MATCHALL "(^|\n)[^ \n]+\\.(  # [^\n]*)?\n" suites "${listed}")
  if(NOT status EQUAL 0 OR NOT suites)
    message(FATAL_ERROR "${program} doesn't list its tests (exit status ${status}). Run it by hand with --gtest_list_tests.")
  endif()
  foreach(line IN LISTS suites)
    string(REGEX REPLACE "^\n?([^ \n]+)\\..*" "\\1" suite "${line}")
    add_test(${name}.${suite} "${program}" --gtest_brief=1 "--gtest_filter=${suite}.*-${skipped}")
    set_tests_properties(${name}.${suite} PROPERTIES TIMEOUT 300 LABELS unit SKIP_RETURN_CODE 77)
  endforeach()
endfunction()
