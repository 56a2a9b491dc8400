create table bots (
  user_id bigint primary key references users,
  token_hash bytea unique check (length(token_hash) = 32),
  can_write integer not null,
  can_view_public integer not null,
  created_at bigint not null
);

create table hooks (
  id bigint generated always as identity primary key,
  token_hash bytea not null unique check (length(token_hash) = 32),
  user_id bigint not null references users,
  room_id bigint not null references rooms,
  created_at bigint not null
);

create table outgoing_hooks (
  id bigint generated always as identity primary key,
  user_id bigint not null references users,
  kind text collate "C" not null check (kind in ('messages', 'mentions', 'command')),
  command text collate "C" check ((kind = 'command') = (command is not null)),
  description text not null default '',
  url text not null,
  secret text not null,
  created_by bigint references users,
  created_at bigint not null,
  paused text collate "C",
  failures bigint not null default 0,
  failing_since bigint,
  next_at bigint not null default 0
);

create table outgoing_cursors (
  hook_id bigint not null references outgoing_hooks,
  room_id bigint not null references rooms,
  cursor bigint not null,
  primary key (hook_id, room_id)
);

create index outgoing_cursors_room on outgoing_cursors (room_id);

create table deliveries (
  id bigint generated always as identity primary key,
  hook_id bigint not null references outgoing_hooks,
  room_id bigint not null references rooms,
  message_id bigint not null,
  at bigint not null,
  result text collate "C",
  status integer,
  answer text
);

create index deliveries_hook on deliveries (hook_id, id);
create index deliveries_message on deliveries (room_id, message_id);
create index deliveries_waiting on deliveries (hook_id, id) where result is null;
