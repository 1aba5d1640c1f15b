// Threads and compressed files, as components of the installed package.
#include <cstdlib>

#include "hebb/core/threads.hpp"
#include "hebb/data/idx.hpp"

int main() {
  try {
    hebb::read_idx("no such file");
  } catch (const hebb::IoError&) {
    return hebb::max_threads() >= 1 ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  return EXIT_FAILURE;
}
