#!/usr/bin/env bash
# Mirrors a lake's views to a folder, because `serve` answers much faster from a folder than from a storage account.
set -euo pipefail

usage() {
  cat <<'EOF'
Usage: scripts/mirror.sh SOURCE FOLDER [--every SECONDS]

  SOURCE   the lake's root: https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH
  FOLDER   the copy; anything else in its subfolders is deleted
  --every  pause in seconds between copies, until stopped; without it, copies once

Copies the views, the boundaries and the records of jobs, but not the master dataset. Readers may use the folder at any
time, and find each table at a version that it had in the lake. azcopy copies the files, and signs in as its environment
variables specify (AZCOPY_AUTO_LOGIN_TYPE).

Exit codes: 0 success, 1 failure (with --every, a failed copy is retried), 2 usage error
EOF
}

fail() {
  echo "Error: $2" >&2
  exit "$1"
}

# A query reads the speed view before the boundary, and the boundary before the batch view. The logs are copied in this
# order and published in reverse order, so a query on the copy never finds a boundary that the copied batch view has not
# reached.
groups=(speed serving batch ops)

fetch() {
  azcopy sync "$source/$1" "$2/$1" --recursive=true --delete-destination=true \
    --output-level=quiet --log-level=NONE "${@:3}" >&2
}

# The logs are copied first: a file that a log names was complete before the log entry, and is deleted only days after
# removal from the log. azcopy applies filters to both sides, so excluded files are not deleted.
copy() {
  local group
  for group in "${groups[@]}"; do
    mkdir -p "$logs/$group" "$folder/$group" || return
    fetch "$group" "$logs" '--include-regex=(^|/)_delta_log/[0-9_][^/]*$' || return
  done
  for group in "${groups[@]}"; do
    fetch "$group" "$folder" '--exclude-regex=(^|/)_delta_log/' || return
  done

  local i
  for ((i = ${#groups[@]} - 1; i >= 0; i--)); do
    publish "${groups[i]}" || return
  done
  touch "$folder/.mirror/published"
}

# Makes the new log files of a group's tables visible: commits in order, then checkpoints and the pointer to the last
# checkpoint. Files that are no longer in the lake's log are deleted at the end.
publish() {
  local file target
  while IFS= read -r file; do
    target=$folder/$1/$file
    [[ "$logs/$1/$file" -nt "$target" ]] || continue
    [[ -d "${target%/*}" ]] || mkdir -p "${target%/*}" || return
    cp -p "$logs/$1/$file" "${target%/*}/.publishing" || return
    mv -f "${target%/*}/.publishing" "$target" || return
  done < <(log_files "$logs/$1" '*.json' && log_files "$logs/$1" '*' ! -name '*.json')

  while IFS= read -r file; do
    [[ -f "$logs/$1/$file" ]] || rm -f "$folder/$1/$file" || return
  done < <(log_files "$folder/$1" '*')
}

log_files() {
  (cd "$1" && find . -type f -path '*/_delta_log/*' -name "${@:2}" | LC_ALL=C sort)
}

case "${1:-}" in
  -h | --help)
    usage
    exit
    ;;
esac
[[ $# -eq 2 || ($# -eq 4 && "$3" == --every && "$4" =~ ^[1-9][0-9]*$) ]] ||
  fail 2 "expected SOURCE FOLDER [--every SECONDS] (see scripts/mirror.sh --help)"
command -v azcopy >/dev/null || fail 1 "azcopy is not on the PATH"

source=${1%/}
folder=${2%/}
every=${4:-0}
logs=$folder/.mirror/logs
# azcopy stores a plan of each transfer.
work=$(mktemp -d)
export AZCOPY_LOG_LOCATION=$work AZCOPY_JOB_PLAN_LOCATION=$work
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

mkdir -p "$logs" || fail 1 "cannot write to $folder"
while true; do
  if copy; then
    echo "Copied $source" >&2
  elif ((every == 0)); then
    fail 1 "the copy failed (see above); $folder still has the previous state"
  else
    echo "Warning: the copy failed (see above); trying again in $every s" >&2
  fi
  ((every > 0)) || exit 0
  rm -rf "${work:?}"/*
  sleep "$every" &
  wait $!
done
