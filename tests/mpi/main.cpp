// Tests that run under mpirun: every rank runs all of them, and fails by itself.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "tests/mpi/ranks.hpp"

namespace hebb {
std::string message_before_mpi;
}

int main(int argc, char** argv) {
  try {
    hebb::mpi::Communicator();
  } catch (const hebb::InvalidCall& error) {
    hebb::message_before_mpi = error.what();
  }
  const hebb::mpi::Environment environment(argc, argv);
  return doctest::Context(argc, argv).run();
}
