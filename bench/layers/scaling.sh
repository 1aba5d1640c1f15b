#!/bin/sh
# Measures how a training step grows with size, batch and threads, and draws it.
# Usage: bench/layers/scaling.sh FIGURE.svg [SECONDS PER CASE]
# The numbers are printed. Where CSV names a file of such numbers, these are drawn and nothing runs.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${HEBB_BUILD:-$root/build/peers}
[ $# -ge 1 ] || { sed -n '2,/^set/{/^# \{0,1\}/s///p}' "$0" >&2; exit 2; }
figure=$1
table=$(mktemp)
trap 'rm -f "$table"' EXIT
if [ -n "${CSV:-}" ]; then
  cp "$CSV" "$table"
else
  cmake -G Ninja -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DHEBB_TESTS=OFF \
    -DHEBB_EXAMPLES=OFF -DHEBB_BENCHMARKS=ON > /dev/null
  cmake --build "$build" --target scaling_bench > /dev/null
  OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive OMP_PROC_BIND=true \
    "$build/bench/scaling_bench" ${2:+"$2"} | tee "$table"
fi

gnuplot << END
set terminal svg size 900,380 font "sans-serif,13" background "#ffffff"
set output "$figure"
set logscale x 2
set format x "%.0f"
set yrange [0:*]
set grid lc rgb "#dddddd"
set key bottom right samplen 1.5
set xlabel "inputs and neurons, n"
set multiplot layout 1,2
set ylabel "share of one core's multiply-add rate"
set title "one thread"
batches = "1 4 16 64 256 1024"
colours = "#bdd7e7 #9ac4e1 #6baed6 #3182bd #08519c #08306b"
of(i) = "< awk '\$2 == ".word(batches, i)."' $table"
plot for [i=1:6] of(i) using 1:5 with linespoints pt 7 ps 0.6 lw 2 lc rgb word(colours, i) notitle
set ylabel "time on one thread / time on two"
set title "two threads"
plot for [i=1:6] of(i) using 1:(\$3 / \$4) with linespoints pt 7 ps 0.6 lw 2 \
  lc rgb word(colours, i) title "batch ".word(batches, i), \
  1 with lines dt 2 lc rgb "#888888" notitle
END
