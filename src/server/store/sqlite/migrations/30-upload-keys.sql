-- The client's own name for an upload: a client that did not hear the answer asks again, and is given the same one.
alter table files add column key text;
create unique index files_key on files (user_id, is_unverified, key) where key is not null;
