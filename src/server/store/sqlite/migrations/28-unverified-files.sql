-- Whether it was uploaded in a session that is not verified. Anybody can type the name of a guest: what they upload does not use up
-- what the guest may upload.
alter table files add column is_unverified integer not null default 0;
drop index files_user;
create index files_user on files (user_id, is_unverified, created_at, bytes);
