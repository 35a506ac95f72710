# SPDX-License-Identifier: Apache-2.0
# plumbline_embed(<target> <header name> <function> FILES name=path ... [NAMESPACE plumbline::report])
# A source of <target> that defines std::span<const EmbeddedFile> <namespace>::<function>(): the text of each file,
# made again when a file changes. Run with -P it is the script that writes that source.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(PLUMBLINE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
  function(plumbline_embed target header function)
    cmake_parse_arguments(ARG "" "NAMESPACE" "FILES" ${ARGN})
    if(NOT ARG_NAMESPACE)
      set(ARG_NAMESPACE plumbline::report)
    endif()
    set(paths)
    foreach(entry IN LISTS ARG_FILES)
      string(REGEX REPLACE "^[^=]*=" "" path ${entry})
      list(APPEND paths ${path})
    endforeach()
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
    add_custom_command(OUTPUT ${source}
      COMMAND ${CMAKE_COMMAND} -DOUTPUT=${source} -DHEADER=${header} -DFUNCTION=${function} -DNAMESPACE=${ARG_NAMESPACE} "-DENTRIES=${ARG_FILES}" -P ${PLUMBLINE_EMBED_SCRIPT}
      DEPENDS ${paths} ${PLUMBLINE_EMBED_SCRIPT} VERBATIM)
    target_sources(${target} PRIVATE ${source})
  endfunction()
  return()
endif()

set(rows)
set(count 0)
foreach(entry IN LISTS ENTRIES)
  string(REGEX MATCH "^([^=]*)=(.*)$" _ ${entry})
  set(name ${CMAKE_MATCH_1})
  file(READ ${CMAKE_MATCH_2} text)
  string(FIND "${text}" ")~embed~\"" forbidden)
  if(NOT forbidden EQUAL -1)
    message(FATAL_ERROR "${CMAKE_MATCH_2} holds the delimiter of an embedded text. Choose another one in PlumblineEmbed.cmake.")
  endif()
  math(EXPR count "${count} + 1")
  string(APPEND rows "    EmbeddedFile{\"${name}\", R\"~embed~(${text})~embed~\"},\n")
endforeach()
file(WRITE ${OUTPUT}.new "#include \"${HEADER}\"

#include <array>

namespace ${NAMESPACE} {
namespace {

const std::array<EmbeddedFile, ${count}> files{{
${rows}}};

}  // namespace

std::span<const EmbeddedFile> ${FUNCTION}()
{
    return files;
}

}  // namespace ${NAMESPACE}
")
file(RENAME ${OUTPUT}.new ${OUTPUT})
