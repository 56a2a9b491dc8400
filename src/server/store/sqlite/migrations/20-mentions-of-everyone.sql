-- A message can address everybody in its room: one row without a user, however many people that is.
create table addressed_from_now (
  id integer primary key,
  user_id integer references users,
  room_id integer not null references rooms,
  message_id integer not null,
  is_reply integer not null default 0,
  unique (room_id, message_id, user_id)
) strict;

insert into addressed_from_now (id, user_id, room_id, message_id, is_reply)
select id, user_id, room_id, message_id, is_reply from addressed order by id;
drop table addressed;
alter table addressed_from_now rename to addressed;

create index addressed_user on addressed (user_id, id);
create unique index addressed_everyone on addressed (room_id, message_id) where user_id is null;
