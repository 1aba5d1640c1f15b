#!/bin/sh
# Times our side and a peer's side in turn, on the same work and threads, and ends with the ratio of
# their medians.
# Usage: bench/peers/compare.sh NAME [--threads 1|2] [--rounds N] [--seconds S]
#                                    [--scalar float|double] [--less-work]
# NAME: lpl-step, dfc-step, dfc-fast, pc-step, ep-step, softhebb-step, softhebb-block3 (PyTorch);
#       stdp, coba, cuba, isp, brunel-stdp (Brian2, one thread).
#       all: every name, on one thread and where there is a choice on two, in one table.
# --less-work: our side takes a shorter way to the same change, the peer its usual one: dfc-step and
#       dfc-fast with end points after 12 steps, pc-step with a tolerance of 1e-3 per sample. The
#       benchmarks print the cosine of both changes.
# --scalar is for the spiking networks, stdp included; float unless given. (Brian2's own default is
# double.)
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${HEBB_BUILD:-$root/build/peers}
threads=2
rounds=5
seconds=4
scalar=float
less_work=no

usage() {
  sed -n '2,/^set/{/^# \{0,1\}/s///p}' "$0" >&2
  exit 2
}

[ $# -ge 1 ] || usage
name=$1
shift
while [ $# -gt 0 ]; do
  if [ "$1" = --less-work ]; then
    less_work=yes
    shift
    continue
  fi
  [ $# -ge 2 ] || usage
  case $1 in
    --threads) threads=$2 ;;
    --rounds) rounds=$2 ;;
    --seconds) seconds=$2 ;;
    --scalar)
      case $2 in float | double) scalar=$2 ;; *) usage ;; esac
      ;;
    *) usage ;;
  esac
  shift 2
done

if [ "$less_work" = yes ]; then
  case $name in
    dfc-step | dfc-fast | pc-step) ;;
    *)
      echo "$name: there is no way with less work" >&2
      exit 2
      ;;
  esac
fi

# Every comparison in turn. One that fails says why, and the others still run.
if [ "$name" = all ]; then
  failed=0
  instructions=SSE2
  for flag in avx2 avx512f; do
    if grep -qw "$flag" /proc/cpuinfo; then instructions=$flag; fi
  done
  printf '%s, %s, %s processors, medians of %s rounds\n' \
    "$(sed -n '/^model name/{s/.*: //p;q}' /proc/cpuinfo)" "$instructions" "$(nproc)" "$rounds"
  printf '%-16s %7s %10s %10s %6s\n' name threads ours peer ratio
  for each in lpl-step dfc-step dfc-fast pc-step ep-step softhebb-step softhebb-block3 \
    stdp coba cuba isp brunel-stdp; do
    case $each in
      stdp | coba | cuba | isp | brunel-stdp) counts=1 ;;
      *) counts='1 2' ;;
    esac
    for threads in $counts; do
      if last=$("$0" "$each" --threads "$threads" --rounds "$rounds" --seconds "$seconds" \
        --scalar "$scalar" | tail -n 1) && [ "${last#"$each" ours}" != "$last" ]; then
        set -- $last
        printf '%-16s %7s %10s %10s %6s\n' "$1" "$threads" "$3" "$5" "$7"
      else
        failed=1
      fi
    done
  done
  exit "$failed"
fi

median() {
  sort -n | awk '{ v[NR] = $1 } END { m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
                                     printf m < 100 ? "%.4g\n" : "%.1f\n", m }'
}

# The value, in the last line of a benchmark's CSV, of the column whose heading holds a word.
value_of() {
  awk -F, -v word="$1" '$0 ~ word { for (i = 1; i <= NF; ++i) if ($i ~ word) c = i }
                        END { printf "%.9g\n", $c }'
}

# Builds one benchmark for this machine's processor.
build_ours() {
  cmake -G Ninja -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DHEBB_TESTS=OFF \
    -DHEBB_EXAMPLES=OFF -DHEBB_BENCHMARKS=ON > /dev/null
  cmake --build "$build" --target "$1" > /dev/null
}

need_torch() {
  # Debian's Python, since that is where its packages are.
  if ! /usr/bin/python3 -c 'import torch' 2> /dev/null; then
    echo "$name: PyTorch is missing; install the Debian package python3-torch" >&2
    exit 2
  fi
}

need_brian() {
  if ! /usr/bin/python3 -W ignore -c \
    'import importlib.util as u; raise SystemExit(u.find_spec("brian2") is None)'; then
    echo "$name: Brian2 is missing; install the Debian package python3-brian" >&2
    exit 2
  fi
}

# A training step of a network with feedback: the peer's script, our benchmark, and one case of it.
compare_steps() {
  script=$1 program=$2 filter=$3
  need_torch
  # Debian's PyTorch uses the installed BLAS. The reference BLAS is 20 times slower: no fair peer.
  case $(readlink -f /usr/lib/*/libblas.so.3) in
    */blas/libblas.so*)
      echo "$name: PyTorch would use the reference BLAS; install the Debian package" \
        "libopenblas0-pthread" >&2
      exit 2
      ;;
  esac
  build_ours "$program"
  unit='batches/s'
  ours() {
    "$build/bench/$program" --benchmark_filter="^$filter" --benchmark_min_time="$seconds" \
      --benchmark_format=csv 2> /dev/null | value_of batches
  }
  peer() {
    /usr/bin/python3 "$root/bench/peers/$script" --threads "$threads" --seconds "$seconds" $options
  }
}

options=
case $name in
  lpl-step)
    need_torch
    build_ours vgg11_step_bench
    unit='image pairs/s of the best step in a round'
    ours() { "$build/bench/vgg11_step_bench" "$seconds"; }
    peer() {
      /usr/bin/python3 "$root/bench/peers/lpl_step.py" --threads "$threads" --seconds "$seconds"
    }
    ;;
  stdp)
    need_brian
    build_ours pair_stdp_bench
    threads=1
    unit="synaptic events/s, 10,000 neurons with 1,000 synapses each, $scalar"
    ours() {
      "$build/bench/pair_stdp_bench" \
        --benchmark_filter="<$scalar>/neurons:10000/fan_out:1000/rate_hz:10/" \
        --benchmark_min_time="$seconds" --benchmark_format=csv 2> /dev/null | value_of events
    }
    peer() {
      /usr/bin/python3 -W ignore "$root/bench/peers/stdp.py" --scalar "$scalar" \
        --directory "$log/brian"
    }
    ;;
  coba | cuba | isp | brunel-stdp)
    need_brian
    build_ours network_bench
    threads=1
    unit="biological seconds per second, $scalar"
    ours() {
      "$build/bench/network_bench" --benchmark_filter="^$name<$scalar>" \
        --benchmark_min_time="$seconds" --benchmark_format=csv 2> /dev/null | value_of biological
    }
    peer() {
      /usr/bin/python3 -W ignore "$root/bench/peers/spiking_network.py" "$name" --scalar "$scalar" \
        --directory "$log/brian" 2> "$log/rates"
    }
    ;;
  dfc-step)
    case $less_work in yes) form=fast_path/steps:12/ ;; no) form=trajectory/ ;; esac
    compare_steps dfc_step.py feedback_control_bench "$form"
    ;;
  dfc-fast)
    options=--end-points
    case $less_work in yes) form=fast_path/steps:12/ ;; no) form=fast_path/steps:40/ ;; esac
    compare_steps dfc_step.py feedback_control_bench "$form"
    ;;
  softhebb-step) compare_steps soft_hebb_step.py soft_hebb_bench network ;;
  softhebb-block3)
    options=--block3
    compare_steps soft_hebb_step.py soft_hebb_bench block3
    ;;
  pc-step)
    case $less_work in yes) form=settled_form/digits:3/ ;; no) form=error_form/ ;; esac
    compare_steps pc_step.py predictive_coding_bench "$form"
    ;;
  ep-step) compare_steps ep_step.py equilibrium_propagation_bench contrastive_form/batch:20/ ;;
  *) usage ;;
esac

# Threads that spin while they wait take the core from the other one where a machine is shared. On a
# virtual machine that hides its caches, threads that are not bound all wake on one processor.
export OMP_NUM_THREADS="$threads" OMP_WAIT_POLICY=passive
[ "$threads" -eq 1 ] || export OMP_PROC_BIND=true

echo "$name: $unit, $threads thread(s), medians of $rounds rounds"
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
for round in $(seq "$rounds"); do
  ours >> "$log/ours"
  peer >> "$log/peer"
  echo "round $round: ours $(tail -n 1 "$log/ours") peer $(tail -n 1 "$log/peer")"
done
o=$(median < "$log/ours")
p=$(median < "$log/peer")
echo "$name ours $o peer $p ratio $(awk "BEGIN { printf \"%.2f\", $o / $p }")"
