create table audit_log (
  id bigint generated always as identity primary key,
  type text collate "C" not null,
  at bigint not null,
  actor_id bigint references users,
  key text collate "C",
  request text not null default '',
  user_id bigint references users,
  room_id bigint references rooms,
  data text not null,
  gives_back integer not null default 0,
  undone_by bigint references audit_log
);

create unique index audit_log_key on audit_log (actor_id, key) where key is not null;
create index audit_log_user on audit_log (user_id, type) where user_id is not null;
create index audit_log_gives_back on audit_log (user_id) where gives_back = 1;
create index audit_log_actor on audit_log (actor_id, id) where actor_id is not null;
create index audit_log_target on audit_log (user_id, id) where user_id is not null;
create index audit_log_room on audit_log (room_id, id) where room_id is not null;
create index audit_log_type on audit_log (type, id);

create table unfinished_actions (
  action_id bigint primary key references audit_log,
  position text not null
);

create table banned_ranges (
  id bigint generated always as identity primary key,
  range text collate "C" not null,
  until bigint not null,
  action_id bigint not null references audit_log
);

create table removed_messages (
  action_id bigint not null references audit_log,
  room_id bigint not null,
  message_id bigint not null,
  data text not null,
  at bigint not null,
  files text,
  primary key (action_id, room_id, message_id)
);

create index removed_messages_at on removed_messages (at);
create index removed_messages_message on removed_messages (room_id, message_id);
