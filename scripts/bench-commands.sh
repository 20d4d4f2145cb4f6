#!/usr/bin/env bash
# Compares the cost of short-lived commands with an earlier commit: medians of wall time and CPU time (user and system, of
# all processes that a command starts) over interleaved rounds, each on fresh copies of the same lakes.
#
# Usage: scripts/bench-commands.sh [--against COMMIT] [--rounds N] [--lake FOLDER]
#   --against COMMIT  commit to compare with (default 8736938, the baseline of docs/performance.md)
#   --rounds N        rounds for each side (default 5)
#   --lake FOLDER     a lake with both layers of device_metrics that both sides can read (default: each side's demo
#                     creates its own, because the definition of the view may differ)
#
# Prints a Markdown table on stdout and progress on stderr; writes only to a temporary folder, which it removes.
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
against=8736938
rounds=5
lake=""

fail() {
  echo "Error: $2" >&2
  exit "$1"
}

while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help)
      sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exit
      ;;
    --against | --rounds | --lake)
      [[ $# -ge 2 ]] || fail 2 "$1 needs a value"
      case "$1" in
        --against) against=$2 ;;
        --rounds) rounds=$2 ;;
        --lake) lake=$2 ;;
      esac
      shift 2
      ;;
    *) fail 2 "unknown option '$1' (see --help)" ;;
  esac
done
[[ "$rounds" =~ ^[1-9][0-9]*$ ]] || fail 2 "--rounds $rounds: expected a positive integer"
against=$(git -C "$home" rev-parse --short --verify --quiet "$against^{commit}") || fail 2 "no such commit"
[[ -z "$lake" || -d "$lake/batch/device_metrics" && -d "$lake/speed/device_metrics" ]] ||
  fail 2 "$lake is not a lake with both layers of device_metrics"
[[ -z "$lake" ]] || lake=$(cd "$lake" && pwd)

unset SPARK_HOME LAKE_ROOT DRIVER_JAVA_OPTIONS DRIVER_MEMORY
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# "before" is built from the files of the commit; "now" is the current working tree.
mkdir before
git -C "$home" archive "$against" | tar -x -C before
echo "Building $against and the working tree ..." >&2
before="$work/before/scripts/submit.sh"
now="$home/scripts/submit.sh"
for submit in "$before" "$now"; do
  "$submit" runs --help >/dev/null
done

for side in before now; do
  if [[ -n "$lake" ]]; then
    cp -Rp "$lake" "start-$side"
  else
    echo "Creating a lake with the demo ($side) ..." >&2
    "${!side}" demo --lake "$work/start-$side" >demo.out 2>demo.err || fail 1 "the demo failed: $(tail -n 1 demo.err)"
  fi
  # Both sides start with a batch view that includes everything in the lake.
  "${!side}" batch --view device_metrics --incremental -D "lake.root=$work/start-$side" >/dev/null 2>batch.err ||
    fail 1 "batch failed: $(tail -n 1 batch.err)"
done

for ((i = 0; i < 10; i++)); do
  echo "{\"eventId\":\"bench-$i\",\"deviceId\":\"bench\",\"eventTimestamp\":\"2026-01-31T10:00:0${i}Z\",\"temperature\":70.5}"
done >ten.jsonl

# Name | exit codes | maximum CPU and maximum wall, as a percentage of before | maximum wall, in seconds | command.
# Commands that read the lake come first, the command that writes comes last.
commands=(
  "runs|0|33.3|40||runs --view device_metrics"
  "query --key|0|33.3|40||query --view device_metrics --key sensor-01"
  "boundary|0|33.3|40||boundary --view device_metrics"
  "sql|0|33.3|40||sql --view device_metrics --dialect spark"
  "status|0 1|25|40||status --view device_metrics"
  "batch --incremental, nothing new|0|33.3|40||batch --view device_metrics --incremental"
  "ingest, ten lines|0|33.3|40||ingest --from $work/ten.jsonl --format json"
  "--help|0|||1|--help"
  "sql --help|0|||1|sql --help"
  "usage error|2|||1|batch --incremental"
)

# Runs a command, and appends its wall and CPU seconds to a file.
measure() {
  local file=$1 codes=$2 code=0 TIMEFORMAT='%R %U %S'
  shift 2
  { time "$@" >command.out 2>command.err || code=$?; } 2>command.time
  [[ " $codes " == *" $code "* ]] || fail 1 "exit code $code of: $* ($(tail -n 1 command.err))"
  awk '{ print $1, $2 + $3 }' command.time >>"$file"
}

for ((round = 1; round <= rounds; round++)); do
  rm -rf lake-before lake-now
  cp -Rp start-before lake-before
  cp -Rp start-now lake-now
  for i in "${!commands[@]}"; do
    IFS='|' read -r name codes _ _ _ line <<<"${commands[i]}"
    echo "Round $round of $rounds: $name" >&2
    for side in before now; do
      read -ra words <<<"$line"
      [[ "$line" == *--help* ]] || words+=(-D "lake.root=$work/lake-$side")
      measure "$side-$i" "$codes" "${!side}" "${words[@]}"
    done
  done
done

# The median of a column.
median() {
  awk -v column="$2" '{ print $column }' "$1" | sort -n |
    awk '{ value[NR] = $1 } END { print (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2 }'
}

changed=""
[[ -z "$(git -C "$home" status --porcelain)" ]] || changed=" with changes"
echo "Commit $(git -C "$home" rev-parse --short HEAD)$changed against $against, median of $rounds interleaved rounds," \
  "$(getconf _NPROCESSORS_ONLN) cores"
echo
echo "| command | wall before, s | now, s | % | CPU before, s | now, s | % | goal | met |"
echo "|---|---|---|---|---|---|---|---|---|"
for i in "${!commands[@]}"; do
  IFS='|' read -r name _ cpu wall seconds _ <<<"${commands[i]}"
  awk -v name="$name" -v cpu="$cpu" -v wall="$wall" -v seconds="$seconds" \
    -v w0="$(median "before-$i" 1)" -v w1="$(median "now-$i" 1)" \
    -v c0="$(median "before-$i" 2)" -v c1="$(median "now-$i" 2)" '
    BEGIN {
      w = w0 > 0 ? 100 * w1 / w0 : 100
      c = c0 > 0 ? 100 * c1 / c0 : 100
      if (seconds != "") {
        goal = "wall < " seconds " s"
        met = w1 < seconds
      } else {
        goal = "wall " wall " %, CPU " cpu " %"
        met = w <= wall && c <= cpu
      }
      printf "| %s | %.2f | %.2f | %.0f | %.2f | %.2f | %.0f | %s | %s |\n", name, w0, w1, w, c0, c1, c, goal, met ? "yes" : "**no**"
    }'
done
