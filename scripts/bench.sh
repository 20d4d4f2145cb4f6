#!/usr/bin/env bash
# Measures the application on this machine; some benchmarks compare it with another engine that does the same work.
#
# Usage: scripts/bench.sh NAME [--quick]
#   speed-throughput   CPU time per event and throughput of the speed job writing to Redis, compared with Flink, with
#                      deduplication
#   speed-throughput-plain
#                      the same without deduplication
#   speed-latency      time from sending an event until it is visible in Redis, at 10,000 events per second, compared
#                      with Flink
#   alert-latency      time from sending an event that raises an alert until a webhook receives the alert, at 1,000
#                      events per second
#   speed-views        CPU time per event of a speed job with one view in one sink, one view in two sinks, and three
#                      views in two sinks
#   batch              CPU time per event of a batch run of a one-minute view, compared with DuckDB on the same Parquet
#                      files
#   batch-daily        the same for a daily view with an exact median
#   batch-users        the same for a daily view by user
#   incremental        duration of, and bytes read by, incremental runs with the same new data after histories of 5, 20
#                      and 80 days
#   ingest             CPU time per event of ingest, from Kafka and from files
#   query              duration and CPU time of the query command over a short and a long history
#   serve              latency of point queries over HTTP while a speed job and a batch run write to the same lake
#   delta-sink         CPU time and duration of a micro-batch that changes 300 windows in the Delta sink
#   state              memory of the speed job's state per event id and per open window; checkpoint size per event
#   --quick            uses few events, only to show that the harness works; the figures mean nothing
#
# Prints a Markdown table on stdout and progress on stderr; the same figures are in target/bench/*.json.
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
names=(speed-throughput speed-throughput-plain speed-latency alert-latency speed-views batch batch-daily batch-users incremental ingest query serve delta-sink state)

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
# These benchmarks run the application inside their own JVM, not as a separate process.
declare -A inside=([incremental]=IncrementalCost [delta-sink]=DeltaSinkCost [state]=StateSize)
if [[ -n "${inside[$1]:-}" ]]; then
  (cd "$home" && ./mvnw -B -q -ntp -DskipTests test-compile) >&2 || fail 1 "the build failed: see the messages above"
  find_java
  mkdir -p "$home/target/bench"
  exec "$java" "@$home/conf/jvm.options" "@$home/conf/jvm-long.options" -Xmx3g \
    "-Dlog4j2.configurationFile=$home/conf/log4j2.properties" "-Dbench.figures=$home/target/bench/$1.json" \
    -cp "$home/target/test-classes:$home/target/classes:$(<"$home/target/local.classpath")" "bench.${inside[$1]}" "${@:2}"
fi

echo "Building the harness and the competing implementations (the first time, Maven downloads the engines) ..." >&2
(cd "$home" && ./mvnw -B -q -ntp -f src/bench/pom.xml package) >&2 || fail 1 "the build failed: see the messages above"
find_java
exec "$java" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$home/target/bench/classes:$(<"$home/target/bench/classpath")" bench.Bench "$home" "$@"
