-- SQLite's is a table of FTS5.
create table search_index (
  place bigint primary key,
  words tsvector not null
);

create sequence search_places;

create index search_index_words on search_index using gin (words);

create table search_backlog (
  room_id bigint primary key references rooms,
  message_id bigint not null,
  at bigint not null
);

create index search_backlog_at on search_backlog (at, room_id);

create table search_state (
  reserved bigint not null,
  next bigint not null
);

insert into search_state values (0, 0);

-- SQLite's is a table of FTS5.
create table text_index (
  place bigint primary key,
  words tsvector not null
);

create index text_index_words on text_index using gin (words);

create table file_texts (
  place bigint primary key,
  file_id text collate "C" not null unique,
  parts integer not null,
  characters integer not null,
  removes_at bigint not null default 0
);

create index file_texts_removed on file_texts (removes_at, place) where removes_at > 0;

create table file_text_parts (
  place bigint not null,
  part integer not null,
  text text not null,
  terms text collate "C" not null,
  words text not null,
  characters integer not null,
  primary key (place, part)
);
