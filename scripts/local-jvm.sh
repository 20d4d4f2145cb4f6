# Sourced by the scripts that start a JVM without spark-submit; requires `home`, the folder of the project.
#
# A class-data archive contains the classes of a class path, already parsed and verified. It is valid only for one build
# of the JDK and for jars of unchanged size and modification time, and the JVM crashes on a truncated archive. An
# archive is therefore used only while its key (the JDK's build, and the sizes and times of the jars and of the archive)
# is unchanged.

built="$home/target"
archive="$built/classes.jsa"

fail() {
  echo "Error: $2" >&2
  exit "$1"
}

# Sets java, and java_build, which identifies the build of the JDK.
find_java() {
  if [[ -n "${JAVA_HOME:-}" ]]; then
    java="$JAVA_HOME/bin/java"
    [[ -x "$java" ]] || fail 1 "JAVA_HOME is $JAVA_HOME, which has no bin/java: set it to a JDK 17"
  else
    java=$(command -v java || true)
  fi
  [[ -x "$java" ]] || fail 1 "no Java found: install a JDK 17 or set JAVA_HOME"

  local program release version
  program=$(readlink -f "$java" 2>/dev/null || echo "$java")
  release="${program%/bin/*}/release"
  if [[ -r "$release" ]]; then
    java_build="$program $(<"$release")"
    [[ "$java_build" =~ JAVA_VERSION=\"([^\"]+)\" ]] && version=${BASH_REMATCH[1]}
  fi
  # If the release file gives no version, ask the JDK itself, at the cost of a JVM start.
  if [[ -z "${version:-}" ]]; then
    java_build="$program $("$java" -XshowSettings:properties -version 2>&1 | grep -E 'java\.(vendor|vm\.version|version) =' || true)"
    [[ "$java_build" =~ java\.version\ =\ ([^[:space:]]+) ]] && version=${BASH_REMATCH[1]}
  fi
  [[ "${version:-}" =~ ^17([.+-]|$) ]] ||
    fail 1 "Spark 3.5 needs Java 17, and $java is version ${version:-unknown}: set JAVA_HOME to a JDK 17"
}

app_jar() {
  find "$built" -maxdepth 1 -name '*-app.jar' -print -quit 2>/dev/null || true
}

# Jars only: an archive does not support folders. The jar beside the shaded jar contains only the application's classes.
class_path() {
  local app
  app=$(app_jar)
  echo "${app%-app.jar}.jar:$(<"$built/local.classpath")"
}

# Prints the name, size and modification time of each file that exists.
stamps() {
  local format=(-c '%n %s %Y')
  [[ "$OSTYPE" != darwin* && "$OSTYPE" != *bsd* ]] || format=(-f '%N %z %m')
  stat -L "${format[@]}" "$@" 2>/dev/null || true
}

# Prints the inputs of an archive of this class path, and the stamp of the archive itself.
archive_key() {
  local jars
  IFS=: read -ra jars <<<"$1"
  echo "$java_build"
  stamps "$archive" "${jars[@]}"
}

archive_usable() {
  [[ -f "$archive" && -f "$archive.key" && "$(<"$archive.key")" == "$(archive_key "$1")" ]]
}

# After a failure, creating the archive would fail again until one of its inputs changes.
archive_failed() {
  [[ ! -f "$archive" && -f "$archive.failed" && "$(<"$archive.failed")" == "$(archive_key "$1")" ]]
}
