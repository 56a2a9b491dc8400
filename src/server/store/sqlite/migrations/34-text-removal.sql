-- From when on the words of a text are taken out of the index: 1 at once, a later time when that has failed. 0 while its file is there.
alter table file_texts rename column is_removed to removes_at;

drop index file_texts_removed;

create index file_texts_removed on file_texts (removes_at, place) where removes_at > 0;
