#!/usr/bin/env bash
# Fuzzes one format: run.sh PROGRAM FORMAT RUNS SEED. An input that fails is kept in the current
# directory, as crash-* or timeout-*.
#
# Limits: 5 seconds per input, 512 MiB in all (with the sanitizer's own memory), 16 MiB per
# allocation.
set -euo pipefail
program=$1 format=$2 runs=$3 seed=$4
longest=$("$program" --formats | awk -v format="$format" '$1 == format { print $2 }')
[ -n "$longest" ] || { echo "fuzz: there is no format '$format'" >&2; exit 2; }
# Freed memory of the last few inputs is watched, which stays in the processor's cache. With a time
# zone, libzip does not ask the system for it at every archive.
export ASAN_OPTIONS=quarantine_size_mb=1:malloc_context_size=2:use_sigaltstack=0 TZ=UTC0
exec "$program" "$format" -runs="$runs" -seed="$seed" -max_len="$longest" -timeout=5 \
  -rss_limit_mb=512 -malloc_limit_mb=16 -verbosity=0 -print_funcs=0 -print_final_stats=1
