#!/usr/bin/env bash
# The long checks. Each prints its cases, failures, seed and seconds. It fails when it runs fewer
# cases than requested.
#
#   --fuzz N      N inputs for every format, under the address and undefined-behaviour sanitizers
#                 (needs clang)
#   --kill N      N saves that are killed
#   --io          every system call of a save and of a load fails once, and from there on
#   --oom         every allocation of a save and of a load fails once, and from there on
#   --resume N    N runs that are interrupted, saved, loaded and ended
#   --threads     results with 1, 2, 3, 4, 7, 8 and 16 threads
#   --oracle N    N random configurations of every rule and network beside a second implementation
#   --mutants     seeded faults in the rules, of which the tests must find 95 in 100
#   --mpi         the tests under mpirun, with small runs of every example that runs there
#   --reports     the quick report of every example in chromium, wide and narrow, light and dark
#   --seed S      the seed of --fuzz, --kill, --oracle and --mutants; 1 unless given; it must come
#                 first
#   --formats "A B"  the formats of --fuzz, all unless given; it must come before --fuzz
#
# It builds what it needs in build/tests, as tests/run.sh does; --reports builds with
# examples/run.sh, and leaves out natural_images, which needs photographs. HEBB_BUILD names another
# directory.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${HEBB_BUILD:-$root/build/tests}
seed=1 formats="" failed=0

usage() {
  sed -n '2,/^set/{/^# \{0,1\}/s///p}' "${BASH_SOURCE[0]}"
  exit "$1"
}

# The exit status of the program that a check is about may say more than its counts.
# report NAME CASES WANTED FAILURES SECONDS
report() {
  local verdict=passed
  if [ "$2" -lt "$3" ] || [ "$2" -eq 0 ] || [ "$4" -gt 0 ]; then verdict=FAILED failed=1; fi
  echo "$1: $2 cases of $3, $4 failures, seed $seed, $5 s: $verdict"
}

# Builds targets, and configures before where nothing is configured.
make_targets() {
  if [ ! -f "$build/build.ninja" ]; then
    cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_CXX_FLAGS_RELEASE=-Og -DCMAKE_CXX_COMPILER="${CXX:-g++}" -DHEBB_NATIVE=OFF \
      -DHEBB_BENCHMARKS=OFF -DHEBB_EXAMPLES="${examples:-order_in_time}" >/dev/null || exit 1
  fi
  ninja -C "$build" "$@" >"$build/verify.log" 2>&1 || { cat "$build/verify.log"; exit 1; }
}

# run LOG PROGRAM ARGUMENTS...: shows what it prints where it fails, and gives its status.
run() {
  local log=$1
  shift
  (cd "$root/tests" && "$@") >"$log" 2>&1
  local status=$?
  [ "$status" -eq 0 ] || tail -40 "$log"
  return "$status"
}

# The sum of the numbers that a regular expression's group finds in a log.
sum() { grep -oE "$1" "$2" | grep -oE '[0-9]+' | awk '{ s += $1 } END { print s + 0 }'; }

# doctest PROGRAM CASES WANTED: runs the named test cases, which print "... N cases, M failures".
tallied() {
  local name=$1 program=$2 cases=$3 wanted=$4 begin=$SECONDS status=0
  local log=$build/verify_$program.log
  make_targets "$program"
  run "$log" "$build/tests/$program" --no-intro --test-case="$cases" || status=1
  local ran failures
  ran=$(sum '[0-9]+ cases,' "$log") failures=$(sum '[0-9]+ failures' "$log")
  [ "$failures" -gt 0 ] || failures=$status
  report "$name" "$ran" "$wanted" "$failures" $((SECONDS - begin))
}

fuzz() {
  make_targets fuzz
  local program=$build/tests/fuzz/readers format log begin status ran
  for format in ${formats:-$("$program" --formats | cut -d' ' -f1)}; do
    log=$build/verify_fuzz_$format.log begin=$SECONDS status=0
    (cd "$build" && "$root/tests/fuzz/run.sh" "$program" "$format" "$1" "$seed") >"$log" 2>&1 ||
      status=1
    [ "$status" -eq 0 ] || tail -40 "$log"
    ran=$(sum 'number_of_executed_units: +[0-9]+' "$log")
    report "fuzz $format" "$ran" "$1" "$status" $((SECONDS - begin))
  done
}

threads() {
  local list=1,2,3,4,7,8,16 begin=$SECONDS status=0 cases=0 wanted=0 file target log
  local files
  files=$(cd "$root/tests" && grep -rl 'thread_counts(' --include=*_test.cpp . |
    sed 's|^\./||; s|\.cpp$||' | sort)
  for file in $files; do
    target=${file//\//_} log=$build/verify_$target.log
    make_targets "$target"
    HEBB_TEST_THREADS=$list run "$log" "$build/tests/$target" --no-intro || status=$((status + 1))
    cases=$((cases + $(sum 'threads: [0-9]+ counts' "$log")))
    wanted=$((wanted + 7 * $(grep -c 'thread_counts(' "$root/tests/$file.cpp")))
  done
  report "threads $list" "$cases" "$wanted" "$status" $((SECONDS - begin))
}

reports() {
  local log=$build/verify_reports.log begin=$SECONDS failures=0 folders=() program name
  mkdir -p "$build"
  : >"$log"
  for program in "$root"/examples/*/main.cpp; do
    name=$(basename "$(dirname "$program")")
    [ "$name" = natural_images ] && continue
    "$root/examples/run.sh" "$name" --quick --out "$build/reports/$name" >>"$log" 2>&1 ||
      { echo "$name --quick failed; see $log" && failures=$((failures + 1)); }
    folders+=("$build/reports/$name")
  done
  "$root/tests/reports.sh" "${folders[@]}" >>"$log" 2>&1 || grep -v ': passed$' "$log" | tail -20
  report reports "$(sum '^reports: [0-9]+ pages' "$log")" $((4 * ${#folders[@]})) \
    $((failures + $(grep -cE ' px, (light|dark): ' "$log") - $(grep -c ': passed$' "$log"))) \
    $((SECONDS - begin))
}

resume() {
  local log=$build/verify_resume.log begin=$SECONDS status=0
  make_targets network_resume_test
  HEBB_RESUME_STOPS=$1 run "$log" "$build/tests/network_resume_test" --no-intro || status=1
  report resume "$(sum 'resume: [0-9]+ stops' "$log")" "$1" "$status" $((SECONDS - begin))
}

oracle() {
  local begin status file target log families least ran
  local files
  files=$(cd "$root/tests" && ls oracle/*_test.cpp 2>/dev/null)
  [ -n "$files" ] || report oracle 0 "$1" 1 0
  for file in $files; do
    target=$(basename "${file//\//_}" .cpp) log=$build/verify_$target.log begin=$SECONDS status=0
    make_targets "$target"
    HEBB_ORACLE_CONFIGURATIONS=$1 HEBB_ORACLE_SEED=$seed \
      run "$log" "$build/tests/$target" --no-intro || status=1
    families=$(grep -cE '^oracle .*: [0-9]+ configurations, seed' "$log")
    least=$(grep -oE ': [0-9]+ configurations, seed' "$log" | grep -oE '[0-9]+' | sort -n | head -1)
    echo "oracle: $families families of $file, at least ${least:-0} configurations each"
    ran=$(sum ': [0-9]+ configurations, seed' "$log")
    report "$file" "$ran" $((families * $1)) "$status" $((SECONDS - begin))
  done
}

mpi() {
  local build=$build/mpi examples="lpl_deep;soft_hebb_deep;spiking_lpl" begin=$SECONDS status=0
  mkdir -p "$build"
  local log=$build/verify_mpi.log
  make_targets mpi_tests mpi_training
  run "$log" ctest --test-dir "$build" -R '^mpi/' || status=1
  report mpi "$(grep -c ' Passed ' "$log")" 8 "$status" $((SECONDS - begin))
}

mutants() {
  local log=$build/verify_mutants.log begin=$SECONDS status=0 killed all
  run "$log" python3 "$root/tests/mutants/run.py" --seed "$seed" || status=1
  killed=$(sum 'mutants: [0-9]+ killed' "$log") all=$(sum 'killed of [0-9]+' "$log")
  [ $((100 * killed)) -ge $((95 * all)) ] || status=1
  echo "mutants: $killed killed of $all"
  report mutants "$all" 1 "$status" $((SECONDS - begin))
}

[ $# -gt 0 ] || usage 2
while [ $# -gt 0 ]; do
  check=$1
  shift
  case $check in
    --fuzz | --kill | --resume | --oracle | --seed)
      if [[ ! ${1:-} =~ ^[1-9][0-9]*$ ]]; then
        echo "verify.sh: $check needs a number above 0" >&2
        exit 2
      fi
      number=$1
      shift
      ;;
  esac
  case $check in
    --seed) seed=$number ;;
    --formats)
      formats=${1:-}
      shift
      ;;
    --fuzz) fuzz "$number" ;;
    --kill)
      HEBB_FAULTS_KILLS=$number HEBB_FAULTS_SEED=$seed \
        tallied kills faults_saving_test '*killed*' "$number"
      ;;
    --io) tallied "system calls that fail" faults_saving_test '*system call fails*' 1 ;;
    --oom) tallied "allocations that fail" faults_allocations_test '*' 1 ;;
    --resume) resume "$number" ;;
    --threads) threads ;;
    --oracle) oracle "$number" ;;
    --mutants) mutants ;;
    --mpi) mpi ;;
    --reports) reports ;;
    --help) usage 0 ;;
    *)
      echo "verify.sh: there is no check '$check'" >&2
      usage 2
      ;;
  esac
done
compiler=$(grep -m1 CMAKE_CXX_COMPILER: "$build/CMakeCache.txt" 2>/dev/null | cut -d= -f2)
commit=$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)
echo "commit $commit, $("${compiler:-c++}" --version 2>/dev/null | head -1)"
exit "$failed"
