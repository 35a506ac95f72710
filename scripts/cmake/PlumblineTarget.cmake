# plumbline_add_library(<room> SOURCES ... [PUBLIC_DEPS ...] [PRIVATE_DEPS ...])
# A room of the house as a static library plumbline_<room>, alias plumbline::<room>, with the project's warnings and sanitizers.

add_library(plumbline_options INTERFACE)
target_compile_options(plumbline_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wswitch-enum -Wformat=2
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<BOOL:${CMAKE_CXX_CLANG_TIDY}>>>:-Wduplicated-cond;-Wlogical-op>
  # GCC 12 warns falsely of operator+(const char*, std::string&&): gcc.gnu.org/bugzilla 105651.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
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

function(plumbline_add_library room)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC_DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(plumbline_${room} STATIC ${ARG_SOURCES})
  add_library(plumbline::${room} ALIAS plumbline_${room})
  target_include_directories(plumbline_${room} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  target_compile_features(plumbline_${room} PUBLIC cxx_std_20)
  set_target_properties(plumbline_${room} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(plumbline_${room} PUBLIC ${ARG_PUBLIC_DEPS} PRIVATE $<BUILD_INTERFACE:plumbline_options> ${ARG_PRIVATE_DEPS})
endfunction()
