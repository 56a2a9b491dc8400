-- The texts of files are searched, too.
-- 1 while the text of a file is not indexed yet, a time when that has failed and is tried again then, null when there is nothing to do.
alter table files add column text_waits integer;
create index files_text_waits on files (text_waits, created_at)
  where text_waits is not null and message_id is not null and removed_at is null;

update files set text_waits = 1 where type like 'text/%' and bytes between 1 and 1048576 and hash is not null;

-- Beside the index of messages: each file has a place of its own, sixteen for each place of a message.
create virtual table text_index using fts5(words, content='', tokenize='ascii', detail='none', columnsize=0);

insert into text_index (text_index, rank) values ('secure-delete', 1);

-- What the index has of a file, and how many characters the terms of its parts have. It outlives the file until its words are out of the index.
create table file_texts (
  place integer primary key,
  file_id text not null unique,
  parts integer not null,
  characters integer not null,
  is_removed integer not null default 0
) strict;

create index file_texts_removed on file_texts (place) where is_removed = 1;

-- A text in parts: as it is, its terms in order with the first ones of what follows, the words that came into the index with it, and the characters of the terms up to its end.
create table file_text_parts (
  place integer not null,
  part integer not null,
  text text not null,
  terms text not null,
  words text not null,
  characters integer not null,
  primary key (place, part)
) strict;
