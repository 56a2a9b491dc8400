-- The log of every room.
create table entries (
  room_id bigint not null references rooms,
  id bigint not null,
  type text collate "C" not null check (type in ('chat', 'edit', 'delete', 'react', 'pin', 'room')),
  user_id bigint not null references users,
  key text collate "C" not null,
  at bigint not null,
  data text collate "C" not null,
  ref bigint,
  is_on integer,
  mentions text,
  deleted integer not null default 0,
  files text,
  place bigint,
  primary key (room_id, id)
);

create unique index entries_key on entries (user_id, key);
create index entries_chat on entries (room_id, id, user_id, deleted) where type = 'chat';
create index entries_edit on entries (room_id, ref, id) where type = 'edit';

create unique index entries_place on entries (place) where place is not null;

create table reactions (
  room_id bigint not null,
  message_id bigint not null,
  data text collate "C" not null,
  user_id bigint not null references users,
  id bigint not null,
  primary key (room_id, message_id, data, user_id)
);

create index reactions_user on reactions (user_id);

create table pins (
  room_id bigint not null references rooms,
  message_id bigint not null,
  id bigint not null,
  primary key (room_id, message_id)
);

create table mentions (
  user_id bigint not null references users,
  room_id bigint not null references rooms,
  message_id bigint not null,
  primary key (user_id, room_id, message_id)
);

create index mentions_message on mentions (room_id, message_id);

-- Without a user: everybody in the room.
create table addressed (
  id bigint generated always as identity primary key,
  user_id bigint references users,
  room_id bigint not null references rooms,
  message_id bigint not null,
  is_reply integer not null default 0,
  unique (room_id, message_id, user_id)
);

create index addressed_user on addressed (user_id, id);
create unique index addressed_everyone on addressed (room_id, message_id) where user_id is null;

create table saved (
  id bigint generated always as identity primary key,
  user_id bigint not null references users,
  room_id bigint not null references rooms,
  message_id bigint not null,
  at bigint not null,
  unique (user_id, room_id, message_id)
);

create index saved_user on saved (user_id, id);
create index saved_message on saved (room_id, message_id);
