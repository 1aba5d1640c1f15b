#!/usr/bin/env bash
# Builds hebb and runs its tests, from a bare Debian 12 machine on.
#
#   tests/run.sh [CMAKE OPTIONS]     everything
#   tests/run.sh --only PATTERN      the tests whose names match a regular expression, such as
#                                    rules/oja or '^layers/'; each is built as a program of its own,
#                                    which is the fastest way to test a change
#
# The compiler is g++ unless CXX names another.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/tests
only=
if [[ ${1:-} == --only ]]; then
  only=${2:?--only needs a pattern}
  shift 2
fi

echo "== Packages"
"$root/.ci/install" g++ cmake ninja-build pkg-config libeigen3-dev doctest-dev libcli11-dev \
  nlohmann-json3-dev zlib1g-dev libzip-dev libpng-dev gnuplot-nox dataset-fashion-mnist \
  python3-numpy

echo "== Configuring build/tests"
export CXX=${CXX:-g++}
# Compiling takes far longer than running, hence -Og (a fifth faster than -O1), no benchmarks, and
# only the example that the tests run. Without -DNDEBUG Eigen's own assertions are on.
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-Og \
  -DCMAKE_CXX_COMPILER="$CXX" -DHEBB_NATIVE=OFF -DHEBB_BENCHMARKS=OFF \
  -DHEBB_EXAMPLES=order_in_time "$@"

if [[ -n $only ]]; then
  mapfile -t names < <(cd "$root/tests" && find . -name '*_test.cpp' | sed 's|^\./||; s|\.cpp$||' |
    grep -E "$only" | sort)
  ((${#names[@]} > 0)) || { echo "There is no test whose name matches '$only'." >&2; exit 2; }
  echo "== Building ${#names[@]} tests with $CXX"
  ninja -C "$build" "${names[@]//\//_}"
  for name in "${names[@]}"; do
    echo "== $name"
    (cd "$root/tests" && OMP_WAIT_POLICY=passive "$build/tests/${name//\//_}" --no-intro)
  done
  exit
fi

echo "== Building with $CXX"
cmake --build "$build" --parallel "$(nproc)"  # ninja would start two more, for more memory

echo "== Testing"
ctest --test-dir "$build" --output-on-failure --parallel "$(nproc)"
