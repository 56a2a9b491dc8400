#!/bin/sh
# Copies the database and the bytes of files while the server runs, checks the copy, and deletes copies that are older than KEEP_DAYS.
set -eu
umask 077
data=${DATA_DIR:-/var/lib/teahouse}
folder=${BACKUP_DIR:-/var/backups/teahouse}
keep=${KEEP_DAYS:-14}
files=${FILES_DIR:-$data/files}

# Each file that is not there yet, whole or not at all. Names that begin with a dot are of files that are not complete.
copy_files() {
  [ "${BACKUP_FILES:-yes}" = yes ] && [ -d "$files" ] || return 0
  (cd "$files" && find . -type f ! -name '.*') | while IFS= read -r name; do
    copy="$folder/files/$name"
    [ ! -e "$copy" ] || continue
    mkdir -p "${copy%/*}"
    if cp "$files/$name" "$copy.part"; then
      mv "$copy.part" "$copy"
    else
      # The server may have deleted it since.
      rm -f "$copy.part"
      [ ! -e "$files/$name" ] || exit 1
    fi
  done
}

# Copies of bytes that no kept copy of the database has, as the server deletes those that no row has.
delete_unused() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"; rm -f "$target.part"' EXIT
  for database in "$folder"/teahouse-*.db; do
    # One that is older than files, or than the pictures of users and rooms, has no column for them.
    for column in files.hash users.picture rooms.picture; do
      table=${column%.*} name=${column#*.}
      has=$(sqlite3 -bail "$database" "select count(*) from pragma_table_info('$table') where name = '$name'")
      [ "$has" = 0 ] || sqlite3 -bail "$database" "select $name from $table where $name is not null" >> "$work/all"
    done
  done
  touch "$work/all"
  LC_ALL=C sort -u "$work/all" > "$work/used"
  find "$folder/files" -type f | sed 's|.*/||' | LC_ALL=C sort > "$work/copied"
  LC_ALL=C comm -13 "$work/used" "$work/copied" | while IFS= read -r hash; do
    rm -f "$folder/files/$(printf %.2s "$hash")/$hash"
  done
}

# sqlite3 would make an empty database where there is none.
[ -f "$data/teahouse.db" ] || { echo "There is no database in $data." >&2; exit 1; }
mkdir -p "$folder"
target="$folder/teahouse-$(date +%F).db"
# Written beside its name and moved there when it is whole: a disk that fills up leaves no half copy under a good name.
rm -f "$target.part"
trap 'rm -f "$target.part"' EXIT
# Twice: what is deleted while the database is copied was copied before, and what comes meanwhile is copied after. Bytes are stored before
# their row and never change, so every row of the copy has its bytes.
copy_files
sqlite3 -bail "$data/teahouse.db" ".timeout 10000" ".backup '$target.part'"
[ "$(sqlite3 "$target.part" 'pragma integrity_check')" = ok ]
copy_files
mv "$target.part" "$target"
# Only after the new one is there.
find "$folder" -maxdepth 1 -name 'teahouse-*.db' -mtime "+$keep" -delete
[ ! -d "$folder/files" ] || delete_unused
