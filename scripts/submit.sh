#!/usr/bin/env bash
# The single entry point: scripts/submit.sh COMMAND [options]
#
# Runs a command of the application with spark-submit if SPARK_HOME is set, and otherwise in one JVM with Spark from
# Maven's class path. First builds the application if necessary. Logs go to stderr, results to stdout.
set -euo pipefail

home=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
source "$home/scripts/local-jvm.sh"

usage() {
  cat <<'EOF'
Usage: scripts/submit.sh [--target local|synapse|databricks] [--dry-run] COMMAND [options]
       (COMMAND --help lists its options)

  demo        run the whole flow on this machine: broker, events, ingest, batch, speed, unified view
  ingest      ingest events into the master dataset
  batch       compute an exact batch view and publish its boundary
  runs        list what was computed, when and why
  speed       maintain a live speed view
  provision   create the Cosmos DB containers of speed views
  maintain    compact, cluster and vacuum tables
  boundary    show or set the boundary between a view's batch and speed rows
  query       read the unified view
  alerts      list the alerts that the speed job raised, with the verdict of the exact rows
  compact     delete speed rows that the batch view covers
  reconcile   compare the windows that both layers have closed
  serve       answer queries over HTTP, with a web page
  status      report the health of every layer
  sql         print the unified view as SQL (Spark, Synapse, Databricks metric view), or write a Power BI project

  cosmos-connector [SPARK_SCALA]  Maven coordinates of the Cosmos DB connector (default 3.5_2.12)

With --target synapse or databricks, prints the az or databricks call that submits the command, and runs it if the tool
is installed; --dry-run only prints it. Upload the configuration files to APP_FOLDER first. On Synapse, name a file
without its folder (--conf synapse.conf); on Databricks, with it (--conf /Volumes/.../databricks.conf).

Environment:
  SPARK_HOME            use this Spark's spark-submit; otherwise Spark comes from Maven Central
  SPARK_SUBMIT_OPTIONS  options for spark-submit, e.g. "--master spark://host:7077"
  DRIVER_MEMORY         heap of the JVM without spark-submit (default 2g; 4g for serve, demo --serve, speed,
                        ingest --from kafka and batch of a whole view)
  DRIVER_JAVA_OPTIONS   additional options for that JVM; they override its defaults
  LAKE_ROOT             folder or URI of the lake (default ./lake)
  APP_FOLDER            for --target: folder of the jar and conf/*.conf, abfss://... or /Volumes/...
  SYNAPSE_WORKSPACE, SYNAPSE_POOL
                        for --target synapse; the job gets this shell's LAKE_ROOT, KAFKA_BOOTSTRAP_SERVERS and
                        KEY_VAULT, and EVENT_HUB and EVENT_HUBS_CONSUMER_GROUP if they are set
  DATABRICKS_CLUSTER_ID for --target databricks; the job's variables must be set on the cluster

Exit codes: 0 success, 1 failure, 2 usage error
EOF
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
    alerts) echo serving.ListAlerts ;;
    sql) echo serving.Sql ;;
    compact) echo serving.Compact ;;
    reconcile) echo serving.Reconcile ;;
    serve) echo serving.Serve ;;
    status) echo serving.Status ;;
    *) fail 2 "unknown command '$1' (see scripts/submit.sh --help)" ;;
  esac
}

need() {
  local name
  for name in "$@"; do
    [[ -n "${!name:-}" ]] || fail 2 "--target $target needs $name (see scripts/submit.sh --help)"
  done
}

# Prints the call of a tool, and runs it unless --dry-run was given.
hand_over() {
  local words=("${@:2}")
  echo "$1" "${words[@]@Q}"
  [[ "$dry_run" == true ]] && return
  command -v "$1" >/dev/null ||
    fail 1 "$1 is not on the PATH: install it, or run the line above where it is installed"
  exec "$@"
}

json_string() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

json_strings() {
  local separator="" text
  for text in "$@"; do
    printf '%s' "$separator"
    json_string "$text"
    separator=", "
  done
}

# Rejects secrets in arguments, because arguments are printed, and kept in the engine's run history.
refuse_secrets() {
  local word
  shopt -s nocasematch
  for word in "$@"; do
    if [[ "$word" =~ (password|secret|account[.-]?key|jaas)[^=]*=.+ && "$word" != *"{{"* ]]; then
      fail 2 "${word%%=*} contains a secret in plain text: use a reference, such as {{keyvault/VAULT/NAME}}"
    fi
  done
  shopt -u nocasematch
}

to_synapse() {
  need SYNAPSE_WORKSPACE SYNAPSE_POOL APP_FOLDER LAKE_ROOT KAFKA_BOOTSTRAP_SERVERS KEY_VAULT
  local name separator="" settings="" previous="" files=("$APP_FOLDER/azure.conf" "$APP_FOLDER/synapse.conf")
  for name in "$@"; do
    if [[ "$previous" == --conf && ! "$name" =~ ^(azure|synapse)\.conf$ ]]; then
      files+=("$APP_FOLDER/$name")
    fi
    previous=$name
  done

  for name in LAKE_ROOT KAFKA_BOOTSTRAP_SERVERS EVENT_HUB EVENT_HUBS_CONSUMER_GROUP KEY_VAULT; do
    if [[ -n "${!name:-}" ]]; then
      settings+="$separator\"spark.yarn.appMasterEnv.$name\": $(json_string "${!name}")"
      separator=", "
    fi
  done

  # Livy's REST API: `az synapse spark job submit` mistakes --arguments that begin with a dash for its own options.
  hand_over az rest --method post --resource https://dev.azuresynapse.net \
    --url "https://$SYNAPSE_WORKSPACE.dev.azuresynapse.net/livyApi/versions/2019-11-01-preview/sparkPools/$SYNAPSE_POOL/batches" \
    --body "{\"name\": \"lambda-$command\", \"file\": $(json_string "$APP_FOLDER/lambda-analytics-app.jar"), \
\"className\": \"$class\", \"args\": [$(json_strings "$@")], \
\"files\": [$(json_strings "${files[@]}")], \"conf\": {$settings}, \
\"driverMemory\": \"28g\", \"driverCores\": 4, \"executorMemory\": \"28g\", \"executorCores\": 4, \"numExecutors\": 2}"
}

to_databricks() {
  need DATABRICKS_CLUSTER_ID APP_FOLDER
  hand_over databricks jobs submit --json "{\"run_name\": \"lambda-$command\", \"tasks\": [{\"task_key\": \"$command\", \
\"existing_cluster_id\": $(json_string "$DATABRICKS_CLUSTER_ID"), \
\"libraries\": [{\"jar\": $(json_string "$APP_FOLDER/lambda-analytics-app.jar")}], \
\"spark_jar_task\": {\"main_class_name\": \"$class\", \"parameters\": [$(json_strings "$@")]}}]}"
}

# Looks up the coordinates in the list that the application also reads.
cosmos_connector() {
  local engine=${1:-3.5_2.12} known coordinates
  while IFS='=' read -r known coordinates; do
    if [[ "$known" == "$engine" ]]; then
      echo "$coordinates"
      return
    fi
  done <"$home/src/main/resources/cosmos-connector.properties"
  fail 2 "no Cosmos DB connector is known for $engine (see src/main/resources/cosmos-connector.properties)"
}

# The jar is stale if any source is newer, and unusable without the jars in the Maven repository.
needs_build() {
  local jar jars
  jar=$(app_jar)
  [[ -z "$jar" || ! -f "$built/local.classpath" ]] && return 0
  jars=$(<"$built/local.classpath")
  [[ -r "${jars##*:}" ]] || return 0
  [[ -n "$(find "$home/pom.xml" "$home/conf/thresholds.conf" "$home/src/main" -newer "$jar" -print -quit)" ]]
}

# Whether the command only prints its usage or asks a server. It then loads so few classes that mapping a class-data
# archive would take longer than it saves.
loads_little() {
  local word
  for word in "${@:2}"; do
    case "$word" in
      -h | --help | -V | --version) return 0 ;;
      --server | --server=*) [[ "$1" != query ]] || return 0 ;;
    esac
  done
  return 1
}

# Prints how the JVM of a command is set up: short for commands that end before optimised compilation pays off, long for
# jobs that run until they are stopped or process the whole history, server for commands that answer requests.
jvm_profile() {
  local word previous="" once=false part=false kafka=false serve=false
  for word in "${@:2}"; do
    case "$word" in
      --once) once=true ;;
      --serve) serve=true ;;
      --incremental | --from | --from=* | --restore | --restore=*) part=true ;;
    esac
    [[ "$word" != --from=kafka && "$previous $word" != "--from kafka" ]] || kafka=true
    previous=$word
  done

  local short=true
  case "$1" in
    speed) short=$once ;;
    ingest) [[ "$kafka" == false ]] || short=$once ;;
    batch) short=$part ;;
  esac
  if loads_little "$@"; then
    echo short
  elif [[ "$1" == serve || "$1 $serve" == "demo true" ]]; then
    echo server
  elif [[ "$short" == true ]]; then
    echo short
  else
    echo long
  fi
}

build() {
  echo "Building (the first time, Maven downloads about 400 MB) ..." >&2
  (cd "$home" && ./mvnw -B -q -ntp -Dmaven.test.skip package) >&2 ||
    fail 1 "the build failed: see the messages above"
}

target=local
dry_run=false
while [[ "${1:-}" == --target || "${1:-}" == --dry-run ]]; do
  if [[ "$1" == --dry-run ]]; then
    dry_run=true
    shift
  else
    target=${2:-}
    [[ "$target" =~ ^(local|synapse|databricks)$ ]] || fail 2 "--target must be local, synapse or databricks"
    shift 2
  fi
done
[[ "$dry_run" == false || "$target" != local ]] || fail 2 "--dry-run needs --target synapse or databricks"

case "${1:-}" in
  "" | -h | --help | help)
    usage
    [[ -n "${1:-}" ]] && exit 0 || exit 2
    ;;
esac

if [[ "$1" == cosmos-connector ]]; then
  [[ $# -le 2 ]] || fail 2 "cosmos-connector takes at most one SPARK_SCALA, such as 3.5_2.12"
  cosmos_connector "${@:2}"
  exit
fi

class=$(main_class "$1")
command=$1
shift
if [[ "$target" != local ]]; then
  [[ "$command" != demo && "$command" != serve ]] || fail 2 "$command runs only on this machine"
  [[ -z "${APP_FOLDER:-}" ]] || APP_FOLDER=${APP_FOLDER%/}
  for word in "$@"; do
    [[ "$word" != *[[:cntrl:]]* ]] || fail 2 "arguments must not contain control characters"
    case "$word" in
      -h | --help) fail 2 "--help takes no --target: use scripts/submit.sh $command --help" ;;
      --dry-run) [[ "$command" == provision ]] || fail 2 "--dry-run goes before the command" ;;
    esac
  done
  refuse_secrets "$@"
  "to_$target" "$@"
  exit
fi

find_java
if needs_build; then
  build
fi

# The demo's broker and the libraries of serve are only on Maven's class path.
if [[ -n "${SPARK_HOME:-}" && "$command" != demo && "$command" != serve ]]; then
  [[ -x "$SPARK_HOME/bin/spark-submit" ]] ||
    fail 1 "SPARK_HOME is $SPARK_HOME, which has no bin/spark-submit: correct it, or unset it to run without"
  # shellcheck disable=SC2086
  exec "$SPARK_HOME/bin/spark-submit" ${SPARK_SUBMIT_OPTIONS:-} \
    --class "$class" "$(app_jar)" "$@"
fi

# Show the progress of long steps to a user at a terminal.
progress=false
[[ -t 2 ]] && progress=true

class_path=$(class_path)
use_archive=false
if ! loads_little "$command" "$@"; then
  if archive_usable "$class_path"; then
    use_archive=true
  elif ! archive_failed "$class_path"; then
    "$home/scripts/class-archive.sh" || true
    archive_usable "$class_path" && use_archive=true
  fi
  # A flight recording rewrites classes as they are loaded, and JDK 17 crashes if they come from an archive.
  [[ "${DRIVER_JAVA_OPTIONS:-}" != *StartFlightRecording* ]] || use_archive=false
fi

options=("@$home/conf/jvm.options")
heap=4g
jvm_profile=$(jvm_profile "$command" "$@")
[[ "$jvm_profile" != short ]] || heap=2g
[[ "$jvm_profile" == server ]] || options+=("@$home/conf/jvm-$jvm_profile.options")
# The JVM refuses to start with two garbage collectors.
[[ ! "${DRIVER_JAVA_OPTIONS:-}" =~ -XX:\+Use[A-Za-z0-9]+GC ]] || options+=(-XX:-UseSerialGC)
if [[ "$use_archive" == true ]]; then
  # The JVM's messages about a rejected archive do not help the user, and stdout is for results.
  options+=("-XX:SharedArchiveFile=$archive" -Xlog:disable "-Xlog:all=warning,cds*=off:stderr")
fi

# shellcheck disable=SC2086
exec "$java" "${options[@]}" "-Xmx${DRIVER_MEMORY:-$heap}" ${DRIVER_JAVA_OPTIONS:-} \
  "-Dspark.ui.showConsoleProgress=$progress" \
  "-Dlog4j2.configurationFile=$home/conf/log4j2.properties" \
  -cp "$class_path" "$class" "$@"
