#!/usr/bin/env bash
# A program under mpirun that is stopped, that goes on with other numbers of ranks, and one of whose
# ranks dies or fails:
#
#   training.sh PROGRAM MPIRUN WORK
#
# PROGRAM is mpi_training. All runs end with the weights of one process, to a relative 1e-4.
set -euo pipefail
program=$1 mpirun=$2 work=$3
rm -rf "$work"
mkdir -p "$work"
cd "$work"

# run RANKS DIRECTORY OPTIONS...: the output is in `said`, the exit status in `status`.
run() {
  local ranks=$1 directory=$2
  shift 2
  status=0
  said=$("$mpirun" -n "$ranks" "$program" --threads 1 --out "$directory" "$@" 2>&1) || status=$?
}
fail() {
  printf '%s\n%s\n' "$1" "$said" >&2
  exit 1
}
# expect TEXT TIMES: so many lines of the output hold the text.
expect() {
  [[ $(grep -c -- "$1" <<<"$said") == "$2" ]] || fail "not $2 times: $1"
}
same_as_whole() {
  said=$("$program" --compare whole/lpl.npz "$1/lpl.npz" --out "$1")
  awk '/^difference / { good = $2 <= 1e-4 } END { exit !good }' <<<"$said" || fail "$1 differs"
  echo "$1: $said"
}

"$program" --threads 1 --out whole

run 2 stopped --failure stop --at 4 --rank 1
[[ $status != 0 ]] || fail "the program was not stopped"
expect "stopped by SIGTERM; the run is saved in stopped/lpl.npz. To go on:" 1
expect "mpirun -n 2 .* --resume" 1
cp -r stopped three
cp -r stopped dead

"$program" --threads 1 --out stopped --resume
same_as_whole stopped
run 3 three --resume
expect "^trained" 1
expect "^Continuing from three/lpl.npz" 1
same_as_whole three

run 2 dead --resume --failure kill --at 6 --rank 1
[[ $status != 0 ]] || fail "a rank died, and the program did not"
expect "signal 9 (Killed)" 1
run 2 dead --resume
same_as_whole dead

for rank in 0 1; do
  run 2 failed --failure error --at 3 --rank "$rank"
  [[ $status == 1 ]] || fail "a rank failed, and the exit status is $status"
  expect "the error of a test" 1
done
run 2 failed --failure no
[[ $status == 2 ]] || fail "bad input, and the exit status is $status"
expect "is none of" 1
