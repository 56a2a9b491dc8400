-- The messages that mention a user or reply to one of theirs, in the order in which they began to.
create table addressed (
  id integer primary key,
  user_id integer not null references users,
  room_id integer not null references rooms,
  message_id integer not null,
  is_reply integer not null default 0,
  unique (room_id, message_id, user_id)
) strict;

create index addressed_user on addressed (user_id, id);

insert into addressed (user_id, room_id, message_id, is_reply)
select found.user_id, found.room_id, found.message_id, max(found.is_reply) from (
  select user_id, room_id, message_id, 0 as is_reply from mentions
  union all
  select answered.user_id, replies.room_id, replies.id, 1
  from entries as replies join entries as answered on answered.room_id = replies.room_id and answered.id = replies.ref
  where replies.type = 'chat' and replies.ref is not null and replies.deleted = 0 and answered.user_id <> replies.user_id
    -- A guest's request is not listed before it is accepted.
    and not exists (
      select 1 from memberships
      where memberships.user_id = answered.user_id and memberships.room_id = replies.room_id and is_request = 1
    )
) as found join entries on entries.room_id = found.room_id and entries.id = found.message_id
group by found.user_id, found.room_id, found.message_id order by min(entries.at), found.room_id, found.message_id;
