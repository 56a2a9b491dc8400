-- Which messages of the room the user wants to hear of.
alter table memberships add column notify text not null default 'all' check (notify in ('all', 'mentions', 'nothing'));
