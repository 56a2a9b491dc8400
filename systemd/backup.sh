#!/bin/sh
# Copies the database while the server runs, checks the copy, and deletes copies that are older than KEEP_DAYS.
set -eu
umask 077
data=${DATA_DIR:-/var/lib/teahouse}
folder=${BACKUP_DIR:-/var/backups/teahouse}
keep=${KEEP_DAYS:-14}
# sqlite3 would make an empty database where there is none.
[ -f "$data/teahouse.db" ] || { echo "There is no database in $data." >&2; exit 1; }
mkdir -p "$folder"
target="$folder/teahouse-$(date +%F).db"
# Written beside its name and moved there when it is whole: a disk that fills up leaves no half copy under a good name.
rm -f "$target.part"
trap 'rm -f "$target.part"' EXIT
sqlite3 -bail "$data/teahouse.db" ".timeout 10000" ".backup '$target.part'"
[ "$(sqlite3 "$target.part" 'pragma integrity_check')" = ok ]
mv "$target.part" "$target"
# Only after the new one is there.
find "$folder" -name 'teahouse-*.db' -mtime "+$keep" -delete
