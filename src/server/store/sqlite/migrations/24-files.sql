-- What was uploaded. The bytes stand elsewhere, by their hash.
create table files (
  id text primary key,
  room_id integer not null references rooms,
  user_id integer not null references users,
  created_at integer not null,
  name text not null,
  type text not null,
  bytes integer not null,
  -- Null until the whole is there.
  hash text,
  width integer,
  height integer,
  color text,
  alt text not null default '',
  as_file integer not null default 0,
  -- The message that has it, and its place there; null until it is sent.
  message_id integer,
  position integer,
  -- When its message was deleted, or an edit took it out.
  removed_at integer
) strict;

create index files_message on files (room_id, message_id, position);
create index files_hash on files (hash, bytes);
create index files_user on files (user_id, created_at, bytes);
create index files_unsent on files (created_at) where message_id is null;
create index files_removed on files (removed_at) where removed_at is not null;

-- The ids of the files that a message was sent with, or that an edit left; null when it says nothing of files.
alter table entries add column files text;
-- The ids of the files that come back with the message.
alter table removed_messages add column files text;
create index removed_messages_message on removed_messages (room_id, message_id);
