#!/usr/bin/env bash
# Measures the application on this machine against other engines that could do the same work.
#
# Usage: scripts/bench.sh NAME [--quick]
#   speed-throughput   throughput of the speed job writing to Redis, compared with Flink, with and without deduplication
#   speed-latency      time from an event until it is visible in Redis, at 10,000 events a second, against Flink
#   alert-latency      time from an event that raises an alert until the webhook is called, at 1,000 events a second
#   speed-views        three views in two sinks against one view in one sink
#   batch              batch runs of a minute view and a day view, compared with DuckDB on the same Parquet files
#   incremental        incremental runs over histories of 1x, 4x and 16x length with the same new data
#   ingest             ingest from Kafka and from files
#   query              the query command over a short and a long history
#   serve              latency of point queries over HTTP while the speed job and a batch run write
#   state              memory and checkpoint of the speed job per id and per window
#   --quick            use few events: shows only that the harness works, and says nothing about performance
#
# Prints a Markdown table on stdout and progress on stderr; the same figures are in target/bench/*.json.
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
names=(speed-throughput speed-latency alert-latency speed-views batch incremental ingest query serve state)

source "$home/scripts/local-jvm.sh"

case "${1:-}" in
  -h | --help)
    sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit
    ;;
esac
[[ $# -ge 1 && $# -le 2 ]] || fail 2 "name a benchmark (see scripts/bench.sh --help)"
[[ " ${names[*]} " == *" $1 "* ]] || fail 2 "unknown benchmark '$1' (see scripts/bench.sh --help)"
[[ -z "${2:-}" || "$2" == --quick ]] || fail 2 "unknown option '$2' (see scripts/bench.sh --help)"

unset SPARK_HOME LAKE_ROOT DRIVER_JAVA_OPTIONS DRIVER_MEMORY KAFKA_BOOTSTRAP_SERVERS
"$home/scripts/submit.sh" speed --help >/dev/null
# These two benchmarks measure inside a single JVM.
declare -A inside=([incremental]=IncrementalCost [state]=StateSize)
if [[ -n "${inside[$1]:-}" ]]; then
  (cd "$home" && ./mvnw -B -q -ntp -DskipTests test-compile) >&2 || fail 1 "the build failed: see the messages above"
  find_java
  mkdir -p "$home/target/bench"
  exec "$java" "@$home/conf/jvm.options" -Xmx3g "-Dlog4j2.configurationFile=$home/conf/log4j2.properties" \
    "-Dbench.figures=$home/target/bench/$1.json" \
    -cp "$home/target/test-classes:$home/target/classes:$(<"$home/target/local.classpath")" "bench.${inside[$1]}" "${@:2}"
fi

echo "Building the other engines' implementations (the first time, Maven downloads the engines) ..." >&2
(cd "$home" && ./mvnw -B -q -ntp -f src/bench/pom.xml package) >&2 || fail 1 "the build failed: see the messages above"
find_java
exec "$java" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$home/target/bench/classes:$(<"$home/target/bench/classpath")" bench.Bench "$home" "$@"
