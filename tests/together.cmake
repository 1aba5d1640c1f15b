# Writes one source that holds several tests: cmake -DOUT=FILE -DTESTS="A_test.cpp,B_test.cpp" -P
# together.cmake, with paths relative to tests/.
#
# All headers come first. The text of each test then stands in a namespace of its own, so that two
# tests may use one name; their own #include lines do nothing there, because every header has been
# included before.
string(REPLACE "," ";" tests "${TESTS}")
set(includes "")
set(bodies "")
foreach(test IN LISTS tests)
  file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/${test} lines REGEX "^#include [<\"]")
  list(APPEND includes ${lines})
  string(MAKE_C_IDENTIFIER ${test} name)
  string(APPEND bodies "namespace ${name} {\n#include \"tests/${test}\"\n}\n")
endforeach()
list(REMOVE_DUPLICATES includes)
list(TRANSFORM includes REPLACE "^#include <omp.h>$" "#ifdef _OPENMP\n#include <omp.h>\n#endif")
list(JOIN includes "\n" includes)
file(CONFIGURE OUTPUT ${OUT} CONTENT "${includes}\n${bodies}" @ONLY)
