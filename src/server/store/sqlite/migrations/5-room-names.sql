-- What the names of public rooms look like, in any case: no new one may look like another. Those that do already stay.
alter table rooms add column skeleton text;
update rooms set skeleton = skeleton_of(name) where kind = 'public';
create index rooms_skeleton on rooms (skeleton) where skeleton is not null;
