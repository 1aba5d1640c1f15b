# Compiles CASE with COMPILER, after the precompiled header BEFORE. It must fail, and the first five
# lines of the compiler's output, without the list of files included, must hold the words of the
# case's first line, "// error: words".
file(STRINGS ${CASE} message LIMIT_COUNT 1)
string(REPLACE "// error: " "" message "${message}")
file(STRINGS ${CASE} flags LIMIT_COUNT 1 REGEX "^// flags: ")
string(REPLACE "// flags: " "" flags "${flags}")
set(options -std=c++20 -fsyntax-only -fmax-errors=1 ${flags})
if(COMPILER_ID MATCHES "Clang")
  list(TRANSFORM options REPLACE "-fmax-errors" "-ferror-limit")
endif()
if(NOT flags)  # other flags do not fit the precompiled header
  list(APPEND options -include ${BEFORE})
endif()
execute_process(COMMAND ${COMPILER} ${options} -I${INCLUDE} -isystem ${EIGEN} ${CASE}
                RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "${CASE} compiles")
endif()
string(REGEX REPLACE "(In file included from| +from) [^\n]*\n" "" output "${output}")
string(REGEX MATCH "^([^\n]*\n)?([^\n]*\n)?([^\n]*\n)?([^\n]*\n)?[^\n]*" first "${output}")
string(FIND "${first}" "${message}" found)
if(found EQUAL -1)
  message(FATAL_ERROR "the first five lines of the compiler's output do not hold \"${message}\":\n"
                      "${first}")
endif()
