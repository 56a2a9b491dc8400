#!/bin/sh
# Sends its argument to the lobby, and prints the five newest messages as JSON. Needs curl.
set -eu
url=${TEAHOUSE_URL:-http://127.0.0.1:3000}
text=$(printf '%s' "${1:-hello}" | sed 's/[\\"]/\\&/g')

call() {
  curl --silent --show-error --fail-with-body --header "authorization: Bearer $TEAHOUSE_TOKEN" \
    --header 'content-type: application/json' --data "$2" "$url/api/$1"
  echo
}

call chat "{\"room\":\"lobby\",\"key\":\"$(date +%s)-$$\",\"data\":\"$text\"}"
call history '{"room":"lobby","limit":5}'
