-- Outgoing webhooks: what happens in rooms is sent to an address.
create table outgoing_hooks (
  -- Never given again: a request of a webhook that was removed may still be under way.
  id integer primary key autoincrement,
  user_id integer not null references users,
  kind text not null check (kind in ('messages', 'mentions', 'command')),
  -- Of a command: its name, and what is shown beside it.
  command text check ((kind = 'command') = (command is not null)),
  description text not null default '',
  url text not null,
  -- It signs, so it is stored as it is.
  secret text not null,
  created_by integer references users,
  created_at integer not null,
  -- Why nothing is sent any more; null as long as it is.
  paused text,
  -- Of the delivery that comes next: how often it has failed, since when, and when it is tried again.
  failures integer not null default 0,
  failing_since integer,
  next_at integer not null default 0
) strict;

-- Rooms that it follows, each with the newest message that is dealt with.
create table outgoing_cursors (
  hook_id integer not null references outgoing_hooks,
  room_id integer not null references rooms,
  cursor integer not null,
  primary key (hook_id, room_id)
) strict, without rowid;

create index outgoing_cursors_room on outgoing_cursors (room_id);

-- The newest attempts of each webhook, and those that an admin has asked for.
create table deliveries (
  id integer primary key,
  hook_id integer not null references outgoing_hooks,
  room_id integer not null references rooms,
  message_id integer not null,
  at integer not null,
  -- Null until it is sent.
  result text,
  status integer,
  answer text
) strict;

create index deliveries_hook on deliveries (hook_id, id);
create index deliveries_message on deliveries (room_id, message_id);
create index deliveries_waiting on deliveries (hook_id, id) where result is null;
