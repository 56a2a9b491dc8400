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

create table rooms (
  id integer primary key,
  name text not null unique,
  topic text not null default '',
  -- The id and the time of the newest entry: both given and read inside the transaction that stores it.
  last integer not null default 0,
  last_at integer not null default 0,
  created_at integer not null
) strict;

-- The log of every room. Rows are only ever added.
create table entries (
  room_id integer not null references rooms,
  id integer not null,
  type text not null,
  user_id integer not null references users,
  key text not null,
  at integer not null,
  data text not null,
  reply integer,
  primary key (room_id, id)
) strict, without rowid;

-- What makes sending again safe for ever.
create unique index entries_key on entries (user_id, key);
