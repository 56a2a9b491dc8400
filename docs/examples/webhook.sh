#!/bin/sh
# Writes its argument in a room by an incoming webhook, as Grafana, GitHub or Alertmanager do. Needs curl.
# `npx teahouse hooks add lobby Alerts` prints the address.
set -eu
text=$(printf '%s' "${1:-The backup is *done*.}" | sed 's/[\\"]/\\&/g')
curl --silent --show-error --fail-with-body --header 'content-type: application/json' --data "{\"text\":\"$text\"}" "$TEAHOUSE_HOOK"
echo
