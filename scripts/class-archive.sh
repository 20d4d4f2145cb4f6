#!/usr/bin/env bash
# Creates the class-data archive from which local commands load their classes: target/classes.jsa.
# Usage: scripts/class-archive.sh     (called by ./mvnw package, and by scripts/submit.sh when the archive is stale)
#
# Rehearses commands on its own lake (Rehearsal.java) and archives the classes that they load. Without an archive,
# commands only start more slowly, so the exit code is 0 even after a failure; target/classes.log has the details.
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$home/scripts/local-jvm.sh"

if [[ $# -gt 0 ]]; then
  sed -n '2,/^set /{s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
  [[ "$1" == -h || "$1" == --help ]] && exit 0 || exit 2
fi

find_java
class_path=$(class_path)
if archive_usable "$class_path" || archive_failed "$class_path"; then
  exit 0
fi

# Only one rehearsal may run at a time. The folder of a killed rehearsal is removed once that run must have ended.
folder="$built/rehearsal"
if ! mkdir "$folder" 2>/dev/null; then
  [[ -n "$(find "$folder" -maxdepth 0 -mmin +20 2>/dev/null)" ]] || exit 0
  rm -rf "$folder"
  mkdir "$folder" 2>/dev/null || exit 0
fi
trap 'rm -rf "$folder"' EXIT

echo "Archiving classes to make commands start faster ..." >&2
if cd "$folder" && "$java" "@$home/conf/jvm.options" "@$home/conf/jvm-short.options" -Xmx2g \
  "-XX:ArchiveClassesAtExit=$folder/classes.jsa" "-Xlog:cds*=error" \
  "-Dlog4j2.configurationFile=$home/conf/log4j2.properties" \
  -cp "$class_path" "$home/scripts/Rehearsal.java" "$folder" </dev/null >"$folder/log" 2>&1 &&
  "$java" -Xshare:on -XX:+VerifySharedSpaces "-XX:SharedArchiveFile=$folder/classes.jsa" -cp "$class_path" \
    -version >>"$folder/log" 2>&1; then
  # The key is written last, because an archive without a key is not used.
  rm -f "$archive.key" "$archive.failed"
  mv -f "$folder/classes.jsa" "$archive"
  archive_key "$class_path" >"$folder/key"
  mv -f "$folder/key" "$archive.key"
else
  echo "Cannot create the class-data archive (see target/classes.log); commands run without it" >&2
  rm -f "$archive" "$archive.key"
  archive_key "$class_path" >"$archive.failed"
fi
mv -f "$folder/log" "$built/classes.log"
