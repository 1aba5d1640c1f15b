#!/usr/bin/env bash
# Builds hebb and runs its tests, from a bare Debian 12 machine on. The compiler is g++ unless CXX names another.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

echo "== Packages"
"$root/.ci/install" g++ cmake ninja-build pkg-config libeigen3-dev doctest-dev libcli11-dev nlohmann-json3-dev \
  zlib1g-dev libzip-dev libpng-dev gnuplot-nox dataset-fashion-mnist

echo "== Configuring build/tests"
export CXX=${CXX:-g++}
# All this takes far longer to compile than to run, hence -O1, no benchmarks, and of the examples the one that the tests run; without
# -DNDEBUG Eigen's own assertions are on.
cmake -S "$root" -B "$root/build/tests" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1 -DCMAKE_CXX_COMPILER="$CXX" \
  -DHEBB_NATIVE=OFF -DHEBB_BENCHMARKS=OFF -DHEBB_EXAMPLES=order_in_time "$@"

echo "== Building with $CXX"
cmake --build "$root/build/tests"

echo "== Testing"
ctest --test-dir "$root/build/tests" --output-on-failure --parallel "$(nproc)"
