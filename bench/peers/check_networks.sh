#!/bin/sh
# Checks networks of spiking neurons against published numbers and against Brian2, which runs them
# with the same connections, initial state and drive. Prints the rows of two tables.
# Usage: bench/peers/check_networks.sh [NAME ...]     (all names by default)
# NAME: sr, ai, si-fast, si-slow, coba, cuba, cuba-exact, brunel-exact
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${HEBB_BUILD:-$root/build/peers}
[ $# -gt 0 ] || set -- sr ai si-fast si-slow coba cuba cuba-exact brunel-exact

if ! /usr/bin/python3 -W ignore -c \
  'import importlib.util as u; raise SystemExit(u.find_spec("brian2") is None)'; then
  echo "Brian2 is missing; install the Debian package python3-brian" >&2
  exit 2
fi
cmake -G Ninja -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DHEBB_TESTS=OFF \
  -DHEBB_EXAMPLES=OFF -DHEBB_BENCHMARKS=ON > /dev/null
cmake --build "$build" --target network_check > /dev/null

files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
echo '| network | exc, Hz | inh, Hz | CV | correlation | variance / mean | peak, Hz | published |'
for name in "$@"; do
  case $name in
    *-exact) duration=100 ;;
    si-slow) duration=6200 ;;  # few periods per second
    *) duration=3200 ;;
  esac
  "$build/bench/network_check" "$name" "$files/$name.npz" "$duration"
  /usr/bin/python3 -W ignore "$root/bench/peers/network_check.py" "$name" "$files/$name.npz"
  rm "$files/$name.npz"
done
