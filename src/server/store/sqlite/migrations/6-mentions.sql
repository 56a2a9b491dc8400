-- Names as mentions are compared with them: without regard to case.
alter table users add column folded text not null default '';
update users set folded = folded_name(name);
create index users_folded on users (folded);

-- Whom the text of a message or of an edit mentions, [{"id":3,"name":"Li"}]; null when it is nobody.
alter table entries add column mentions text;

-- Whether a message was deleted; here, so that those that are unread are counted without reading any text.
alter table entries add column deleted integer not null default 0;
drop index entries_chat;
update entries set deleted = 1 where type = 'chat' and data = '';
create index entries_chat on entries (room_id, id, user_id, deleted) where type = 'chat';

-- Who else than its author is mentioned in each message as it stands now: what is counted.
create table mentions (
  user_id integer not null references users,
  room_id integer not null references rooms,
  message_id integer not null,
  primary key (user_id, room_id, message_id)
) strict, without rowid;

create index mentions_message on mentions (room_id, message_id);
