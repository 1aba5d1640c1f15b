#!/usr/bin/env bash
# Measures what including a header costs, relative to <Eigen/Core>: the median processor time of
# several compilations that only check syntax. Prints one line per header, and fails when a header
# exceeds its limit.
#
#   bench/include_cost.sh [RUNS]      11 runs unless given; CXX names the compiler, g++ unless given
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
runs=${1:-11}
compiler=${CXX:-g++}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
eigen=$(pkg-config --cflags-only-I eigen3 | sed 's/-I/-isystem /')

# cost HEADER: the seconds of one compilation.
cost() {
  echo "#include <$1>" >"$scratch/source.cpp"
  local TIMEFORMAT=%U
  # shellcheck disable=SC2086
  {
    time "$compiler" -std=c++20 $eigen -I "$root/include" -fsyntax-only "$scratch/source.cpp"
  } 2>&1
}

# Header, and its limit. They take turns, so that a busy machine slows all of them alike.
headers=("Eigen/Core 1" "hebb/rules/oja.hpp 1.2" "hebb/hebb.hpp 3")
for ((run = 0; run < runs; ++run)); do
  for line in "${headers[@]}"; do
    header=${line% *}
    cost "$header" >>"$scratch/${header//\//_}"
  done
done

median() { sort -n "$1" | sed -n "$(((runs + 1) / 2))p"; }
unit=$(median "$scratch/Eigen_Core")
status=0
printf '%-22s %8s %8s %8s\n' header seconds ratio limit
for line in "${headers[@]}"; do
  header=${line% *} limit=${line#* }
  seconds=$(median "$scratch/${header//\//_}")
  awk -v h="<$header>" -v s="$seconds" -v u="$unit" -v l="$limit" \
    'BEGIN { printf "%-22s %8.2f %8.2f %8.1f\n", h, s, s / u, l; exit s / u > l }' || status=1
done
exit $status
