#!/usr/bin/env bash
# Builds an example program and runs it, from a bare Debian 12 machine on:
#   examples/run.sh [NAME] [options]      NAME is lpl_vision by default; --help lists its options
#   examples/run.sh start/NAME            one of the short programs, which have no options
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

name=lpl_vision
if (($# > 0)) && [[ $1 != -* ]]; then
  name=$1
  shift
fi
target=${name/\//_}
if [[ ! -f $root/examples/$name/main.cpp && ! -f $root/examples/$name.cpp ]]; then
  echo "There is no example called $name; there are:" >&2
  for program in "$root"/examples/*/main.cpp; do basename "$(dirname "$program")" >&2; done
  for program in "$root"/examples/start/*.cpp; do echo "start/$(basename "$program" .cpp)" >&2; done
  exit 2
fi

# Waiting threads sleep: they do not occupy the cores of a shared machine.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
program=$root/build/examples/examples/$target
for argument in "$@"; do
  if [[ $argument == --help || $argument == -h || $argument == --version ]] &&
    [[ -x $program ]]; then
    exec "$program" "$@" # the last build suffices
  fi
done

echo "== Packages"
"$root/.ci/install" g++ cmake ninja-build pkg-config libeigen3-dev libcli11-dev \
  nlohmann-json3-dev zlib1g-dev libzip-dev libpng-dev gnuplot-nox dataset-fashion-mnist

echo "== Building $name in build/examples"
cmake -S "$root" -B "$root/build/examples" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DHEBB_TESTS=OFF -DHEBB_BENCHMARKS=OFF --log-level=WARNING
cmake --build "$root/build/examples" --target "$target"

echo "== Running $name"
exec "$program" "$@"
