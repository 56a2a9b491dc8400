-- The messages that users keep for themselves, in the order in which they saved them.
create table saved (
  id integer primary key,
  user_id integer not null references users,
  room_id integer not null references rooms,
  message_id integer not null,
  at integer not null,
  unique (user_id, room_id, message_id)
) strict;

create index saved_user on saved (user_id, id);
create index saved_message on saved (room_id, message_id);
