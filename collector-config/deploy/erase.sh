#!/bin/sh
# Removes all spans of one installation from files of OTLP lines: erase.sh ID FOLDER. Stop the collector first.
set -eu
if [ $# -ne 2 ] || [ ! -d "$2" ]; then
  echo 'erase.sh ID FOLDER: give the id, and the folder of the files, such as collector-data/spans' >&2
  exit 2
fi
id=$1
for file in "$2"/*.jsonl; do
  [ -e "$file" ] || continue
  grep -qF "$id" "$file" || continue
  jq -c --arg id "$id" '
    del(.resourceSpans[] | select(any(.resource.attributes[]?; .key == "app.installation.id" and .value.stringValue == $id)))
    | select(.resourceSpans | length > 0)' "$file" > "$file.erasing"
  mv "$file.erasing" "$file"
done
