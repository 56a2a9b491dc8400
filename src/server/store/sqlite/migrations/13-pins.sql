-- The log may have entries of another type: SQLite changes a check only with the table.
create table new_entries (
  room_id integer not null references rooms,
  id integer not null,
  type text not null check (type in ('chat', 'edit', 'delete', 'react', 'pin', 'room')),
  user_id integer not null references users,
  key text not null,
  at integer not null,
  -- Empty in a message that was deleted and in its edits: what is deleted is gone. The rows keep their places.
  data text not null,
  -- The message that it answers (chat) or changes (edit, delete, react, pin).
  ref integer,
  -- Whether a reaction or a pin was given (1) or taken back (0).
  is_on integer,
  mentions text,
  deleted integer not null default 0,
  primary key (room_id, id)
) strict, without rowid;

insert into new_entries (room_id, id, type, user_id, key, at, data, ref, is_on, mentions, deleted)
select room_id, id, type, user_id, key, at, data, ref, is_on, mentions, deleted from entries order by room_id, id;
drop table entries;
alter table new_entries rename to entries;

create unique index entries_key on entries (user_id, key);
create index entries_chat on entries (room_id, id, user_id, deleted) where type = 'chat';
create index entries_edit on entries (room_id, ref, id) where type = 'edit';

-- The pinned messages of each room, in the order of the entries that pinned them.
create table pins (
  room_id integer not null references rooms,
  message_id integer not null,
  id integer not null,
  primary key (room_id, message_id)
) strict, without rowid;
