-- Search. Where a message stands in the index, which is in the order of time over all rooms; null before it is indexed.
alter table entries add column place integer;

create unique index entries_place on entries (place) where place is not null;

-- No texts and no positions: what is found is read from the log, with the order of its words. What is removed leaves no trace.
create virtual table search_index using fts5(words, content='', tokenize='ascii', detail='none', columnsize=0);

insert into search_index (search_index, rank) values ('secure-delete', 1);

-- The next message of each room that is to be indexed, from the newest back to the first.
create table search_backlog (
  room_id integer primary key references rooms,
  message_id integer not null,
  at integer not null
) strict;

create index search_backlog_at on search_backlog (at, room_id);

insert into search_backlog (room_id, message_id, at)
select entries.room_id, entries.id, at
from (select room_id, max(id) as id from entries indexed by entries_chat where type = 'chat' group by room_id) as newest
  join entries on entries.room_id = newest.room_id and entries.id = newest.id
  join rooms on rooms.id = entries.room_id
where deleted_kind is null;

-- One row: the places that are kept for older messages, and the next of them, downwards.
create table search_state (
  reserved integer not null,
  next integer not null
) strict;

insert into search_state
select count(*), count(*) from entries indexed by entries_chat where type = 'chat';
