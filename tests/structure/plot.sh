#!/usr/bin/env bash
# Runs a script that draws weights: plot.sh SCRIPT. Exit status 77: no Python here has matplotlib.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export MPLCONFIGDIR=$work
for python in python3 /usr/bin/python3; do
  "$python" -c 'import numpy, matplotlib' 2>/dev/null || continue
  "$python" -c "import numpy; numpy.savez('$work/w.npz', w=numpy.eye(10, 64))"
  "$python" "$1" "$work/w.npz" "$work/w.png"
  [[ $(head -c 4 "$work/w.png") == $'\x89PNG' ]]
  exit 0
done
exit 77
