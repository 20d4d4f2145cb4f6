#!/usr/bin/env bash
# Measures what an incremental run costs when histories of 1x, 4x and 16x length get the same new data.
# Usage: scripts/bench-incremental.sh [DAYS]     (length of the shortest history; default 5)
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$home"
./mvnw -B -q -ntp -DskipTests package >&2
exec java "@conf/jvm.options" -Xmx3g "-Dlog4j2.configurationFile=$home/conf/log4j2.properties" \
  -cp "target/test-classes:target/classes:$(cat target/local.classpath)" bench.IncrementalCost "$@"
