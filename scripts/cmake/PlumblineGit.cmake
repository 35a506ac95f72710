# SPDX-License-Identifier: Apache-2.0
# cmake -DSOURCE=<folder> -DOUTPUT=<file> -P PlumblineGit.cmake   writes the header that says which commit the sources are, and
# touches it only where that changed: "0123456789ab", with "+" where they differ from it, "" where there is no git.
set(commit "")
find_program(git git)
if(git)
  execute_process(COMMAND ${git} -C ${SOURCE} rev-parse --show-prefix --short=12 HEAD
    OUTPUT_VARIABLE said RESULT_VARIABLE status OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  # A folder inside somebody else's repository is no checkout: the prefix, on the first line, would not be empty.
  if(status EQUAL 0 AND said MATCHES "^\n?([0-9a-f]+)$")
    set(commit ${CMAKE_MATCH_1})
    execute_process(COMMAND ${git} -C ${SOURCE} diff --quiet HEAD RESULT_VARIABLE differs ERROR_QUIET)
    if(NOT differs EQUAL 0)
      string(APPEND commit "+")
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define PLUMBLINE_COMMIT \"${commit}\"\n")
