#!/bin/sh
# Prints what happens in the lobby, as JSON, one answer a line. Misses no entry. Needs curl and sed.
set -eu
url=${TEAHOUSE_URL:-http://127.0.0.1:3000}
query='room=lobby:'

while :; do
  answer=$(curl --silent --show-error --fail --globoff --header "authorization: Bearer $TEAHOUSE_TOKEN" "$url/api/stream?$query") || {
    sleep 5
    continue
  }
  printf '%s\n' "$answer"
  # Quotes inside of a message have a backslash, so this is the field.
  query=$(printf '%s' "$answer" | sed 's/.*"next":"\([^"]*\)".*/\1/')
done
