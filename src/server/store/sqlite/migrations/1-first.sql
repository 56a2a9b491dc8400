create table meta (
  key text primary key,
  value text not null
) strict, without rowid;

insert into meta values ('epoch', lower(hex(randomblob(16))));

create table users (
  id integer primary key,
  name text not null unique,
  image integer not null check (image between 0 and 9),
  created_at integer not null
) strict;

create table sessions (
  id integer primary key,
  token_hash blob not null unique check (length(token_hash) = 32),
  user_id integer not null references users,
  started_at integer not null
) strict;

create index sessions_user on sessions (user_id);
create index sessions_start on sessions (started_at);

create table rooms (
  id integer primary key,
  name text not null unique,
  topic text not null default '',
  -- The id and the time of the newest entry: both given and read inside the transaction that stores it.
  last integer not null default 0,
  last_at integer not null default 0,
  created_at integer not null
) strict;

-- The log of every room: one row for everything that happened in it, in the order in which it happened.
create table entries (
  room_id integer not null references rooms,
  id integer not null,
  type text not null check (type in ('chat', 'edit', 'delete', 'react', 'room')),
  user_id integer not null references users,
  key text not null,
  at integer not null,
  -- Empty in a message that was deleted and in its edits: what is deleted is gone. The rows keep their places.
  data text not null,
  -- The message that it answers (chat) or changes (edit, delete, react).
  ref integer,
  -- Whether a reaction was given (1) or taken back (0).
  is_on integer,
  primary key (room_id, id)
) strict, without rowid;

-- A command can be sent again at any time: its key is stored once.
create unique index entries_key on entries (user_id, key);

-- Pages of messages, however many changes lie between them.
create index entries_chat on entries (room_id, id) where type = 'chat';

-- The newest edit of each message of a page.
create index entries_edit on entries (room_id, ref, id) where type = 'edit';

-- The current reactions: one row for each, however often a user changes them.
create table reactions (
  room_id integer not null,
  message_id integer not null,
  data text not null,
  user_id integer not null references users,
  -- The entry that gave it last; users stand in its order.
  id integer not null,
  primary key (room_id, message_id, data, user_id)
) strict, without rowid;

-- How far each user has read in each room.
create table reads (
  user_id integer not null references users,
  room_id integer not null references rooms,
  id integer not null,
  primary key (user_id, room_id)
) strict, without rowid;
