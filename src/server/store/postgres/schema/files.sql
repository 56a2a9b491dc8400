create table files (
  id text collate "C" primary key,
  room_id bigint not null references rooms,
  user_id bigint not null references users,
  created_at bigint not null,
  name text not null,
  type text collate "C" not null,
  bytes bigint not null,
  hash text collate "C",
  width integer,
  height integer,
  color text,
  alt text not null default '',
  as_file integer not null default 0,
  message_id bigint,
  position integer,
  removed_at bigint,
  is_unverified integer not null default 0,
  key text collate "C",
  text_waits bigint
);

create index files_message on files (room_id, message_id, position);
create index files_hash on files (hash, bytes);
create index files_user on files (user_id, is_unverified, created_at, bytes);
create unique index files_key on files (user_id, is_unverified, key) where key is not null;
create index files_unsent on files (created_at) where message_id is null;
create index files_removed on files (removed_at) where removed_at is not null;
create index files_text_waits on files (text_waits, created_at) where text_waits is not null and message_id is not null and removed_at is null;

create table file_totals (
  id integer primary key check (id = 1),
  bytes bigint not null
);
