-- The pictures of users and rooms: the SHA-256 of the bytes and how many there are; null when there is none.
alter table users add column picture text;
alter table users add column picture_bytes integer;
alter table rooms add column picture text;
alter table rooms add column picture_bytes integer;

create index users_picture on users (picture) where picture is not null;
create index rooms_picture on rooms (picture) where picture is not null;
