#!/usr/bin/env bash
# An example under mpirun that is stopped, that goes on with other numbers of ranks, and one of
# whose ranks dies or fails:
#
#   training.sh EXAMPLE PROGRAM MPIRUN WORK
#
# PROGRAM is mpi_training. All runs end with the weights of one process: to a relative 1e-4, and the
# spiking networks bit for bit.
set -euo pipefail
example=$1 program=$2 mpirun=$3 work=$4
rm -rf "$work"
mkdir -p "$work"
cd "$work"

# run RANKS DIRECTORY OPTIONS...: the output is in `said`, the exit status in `status`.
run() {
  local ranks=$1 directory=$2
  shift 2
  status=0
  said=$("$mpirun" -n "$ranks" "$program" --example "$example" --threads 1 --out "$directory" \
    "$@" 2>&1) || status=$?
}
fail() {
  printf '%s\n%s\n' "$1" "$said" >&2
  exit 1
}
# expect TEXT TIMES: so many lines of the output hold the text.
expect() {
  [[ $(grep -c -- "$1" <<<"$said") == "$2" ]] || fail "not $2 times: $1"
}
# same_as_whole DIRECTORY NAME MOST: the difference of these checkpoints is at most so large.
same_as_whole() {
  said=$("$program" --example "$example" --compare "whole/$2.npz" "$1/$2.npz" --out "$1")
  awk -v most="$3" '/^difference / { good = $2 <= most } END { exit !good }' <<<"$said" ||
    fail "$1 differs"
  echo "$1: $said"
}

"$program" --example "$example" --threads 1 --out whole

if [[ $example == spiking_lpl ]]; then
  run 2 spread --seconds 0.2
  run 3 spread --resume
  expect "^trained" 1
  expect "^Continuing from spread/lpl.npz" 1
  for condition in lpl no_hebbian no_inhibition; do
    same_as_whole spread $condition 0
  done
  run 2 dead --seconds 10000 --failure kill --rank 1
  [[ $status != 0 ]] || fail "a rank died, and the program did not"
  expect "signal 9 (Killed)" 1
  "$program" --example "$example" --compare dead/no_hebbian.npz{,} --out dead
  exit
fi

name=$(basename whole/*.npz .npz)
at=0
[[ $example == lpl_vision ]] && at=4
run 2 stopped --failure stop --at $at --rank 1
[[ $status != 0 ]] || fail "the program was not stopped"
expect "stopped by SIGTERM; the run is saved in stopped/$name.npz. To go on:" 1
expect "mpirun -n 2 .* --resume" 1
cp -r stopped three
cp -r stopped dead
run 3 three --resume
expect "^trained" 1
expect "^Continuing from three/$name.npz" 1
same_as_whole three "$name" 1e-4
[[ $example == lpl_vision ]] || exit 0  # the rest is the same for all

"$program" --example "$example" --threads 1 --out stopped --resume
same_as_whole stopped "$name" 1e-4

run 2 dead --resume --failure kill --at 6 --rank 1
[[ $status != 0 ]] || fail "a rank died, and the program did not"
expect "signal 9 (Killed)" 1
run 2 dead --resume
same_as_whole dead "$name" 1e-4

for rank in 0 1; do
  run 2 failed --failure error --at 3 --rank "$rank"
  [[ $status == 1 ]] || fail "a rank failed, and the exit status is $status"
  expect "the error of a test" 1
done
run 2 failed --failure no
[[ $status == 2 ]] || fail "bad input, and the exit status is $status"
expect "is none of" 1
