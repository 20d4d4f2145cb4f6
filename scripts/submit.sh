#!/usr/bin/env bash
# The one way in: scripts/submit.sh COMMAND [options]
#
# Runs a command of the application with spark-submit where SPARK_HOME is set, and otherwise with Spark from
# Maven's class path in one JVM. Builds what is missing first. Logs go to stderr, results to stdout.
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target="$home/target"

usage() {
  cat <<'EOF'
Usage: scripts/submit.sh COMMAND [options]      (COMMAND --help tells its options)

  demo        the whole flow on this machine: broker, events, ingest, batch, speed, unified view
  ingest      take events into the master dataset
  batch       compute an exact batch view and publish its boundary
  runs        list what was computed, when and why
  speed       keep a live speed view
  provision   create the Cosmos DB containers of speed views
  maintain    compact, cluster and vacuum tables
  boundary    show or set where a view's batch side ends
  query       read the unified view
  compact     delete speed rows that the batch view covers
  reconcile   compare the layers where both have closed windows
  status      health of every layer
  sql         print the unified view as SQL (Spark, Synapse)

Environment:
  SPARK_HOME            use this Spark's spark-submit; else Spark comes from Maven Central
  SPARK_SUBMIT_OPTIONS  options for spark-submit, e.g. "--master spark://host:7077"
  DRIVER_MEMORY         heap of the JVM without spark-submit (default 2g)
  LAKE_ROOT             folder or URI of the lake (default ./lake)

Exit codes: 0 done, 1 failed, 2 wrong usage
EOF
}

fail() {
  echo "Error: $2" >&2
  exit "$1"
}

main_class() {
  case "$1" in
    demo) echo demo.Demo ;;
    ingest) echo batch.Ingest ;;
    batch) echo batch.Batch ;;
    runs) echo batch.ListRuns ;;
    maintain) echo batch.Maintain ;;
    boundary) echo batch.Boundary ;;
    speed) echo speed.Speed ;;
    provision) echo speed.Provision ;;
    query) echo serving.Query ;;
    sql) echo serving.Sql ;;
    compact) echo serving.Compact ;;
    reconcile) echo serving.Reconcile ;;
    status) echo serving.Status ;;
    *) fail 2 "unknown command '$1' (see scripts/submit.sh --help)" ;;
  esac
}

find_java() {
  if [[ -n "${JAVA_HOME:-}" ]]; then
    java="$JAVA_HOME/bin/java"
  else
    java=$(command -v java || true)
  fi
  [[ -x "$java" ]] || fail 1 "no Java found: install a JDK 17 or set JAVA_HOME"
  local version
  version=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/.*java.specification.version = //p')
  [[ "$version" == 17 ]] || fail 1 "Spark 3.5 needs Java 17, and $java is version $version: set JAVA_HOME to a JDK 17"
}

# The jar is stale when something that it is built from is newer.
needs_build() {
  local jar
  jar=$(app_jar)
  [[ -z "$jar" || ! -f "$target/local.classpath" ]] && return 0
  [[ -n "$(find "$home/pom.xml" "$home/src/main" -newer "$jar" -print -quit)" ]]
}

app_jar() {
  find "$target" -maxdepth 1 -name '*-app.jar' -print -quit 2>/dev/null || true
}

build() {
  echo "Building (the first time, Maven downloads about 300 MB) ..." >&2
  (cd "$home" && ./mvnw -B -q -ntp -Dmaven.test.skip package) >&2 ||
    fail 1 "the build failed; its messages are above"
}

case "${1:-}" in
  "" | -h | --help | help)
    usage
    [[ -n "${1:-}" ]] && exit 0 || exit 2
    ;;
esac

class=$(main_class "$1")
command=$1
shift
find_java
if needs_build; then
  build
fi

# The demo brings a broker, which only Maven's class path has.
if [[ -n "${SPARK_HOME:-}" && "$command" != demo ]]; then
  # shellcheck disable=SC2086
  exec "$SPARK_HOME/bin/spark-submit" ${SPARK_SUBMIT_OPTIONS:-} \
    --class "$class" "$(app_jar)" "$@"
fi

# A person at a terminal sees how far each long step has come.
progress=false
[[ -t 2 ]] && progress=true

exec "$java" "@$home/conf/jvm.options" "-Xmx${DRIVER_MEMORY:-2g}" \
  "-Dspark.ui.showConsoleProgress=$progress" \
  "-Dlog4j2.configurationFile=$home/conf/log4j2.properties" \
  -cp "$target/classes:$(cat "$target/local.classpath")" "$class" "$@"
