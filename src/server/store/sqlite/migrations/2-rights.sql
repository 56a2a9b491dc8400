-- Users: the role on the server, and the password of a claimed name.
alter table users add column role text not null default 'guest' check (role in ('guest', 'member', 'admin', 'owner'));
alter table users add column password_hash text;
-- Names that a person could take for each other have the same.
alter table users add column skeleton text;
update users set skeleton = skeleton_of(name);
-- Milliseconds since 1970; null when they are not banned.
alter table users add column banned_until integer;

create index users_beginning on users (name collate nocase);
create index users_owner on users (id) where role = 'owner';
create index users_skeleton on users (skeleton);
-- What is claimed cannot be claimed again, nor anything that looks like it.
create unique index users_claimed on users (skeleton) where role <> 'guest';

-- Whether it is proven who began it: by a password, a link, or because it made the name.
alter table sessions add column is_proven integer not null default 0;
alter table sessions add column seen_at integer not null default 0;
alter table sessions add column agent text not null default '';
alter table sessions add column address text not null default '';
-- The times were not recorded. The update must not end any session.
update sessions set seen_at = unixepoch() * 1000;
-- Of the names that were typed until now, the oldest session is the one that made it, as far as anybody can tell.
update sessions set is_proven = 1 where id in (select min(id) from sessions group by user_id);

-- Rooms: an address, which never changes, and a name, which people read.
alter table rooms rename column name to address;
alter table rooms add column name text not null default '';
update rooms set name = address;
alter table rooms add column kind text not null default 'public' check (kind in ('public', 'private', 'direct'));
alter table rooms add column read_only integer not null default 0;
alter table rooms add column slow_ms integer not null default 0;
alter table rooms add column archived integer not null default 0;
alter table rooms add column created_by integer references users;
-- The maker's own name for the making of it: asked for twice, it is made once.
alter table rooms add column created_key text;
alter table rooms add column created_as text not null default '';
-- The users of a direct conversation, in the order of their ids: with the same people there is one.
alter table rooms add column people text;

create unique index rooms_people on rooms (people) where people is not null;
create unique index rooms_key on rooms (created_by, created_key) where created_key is not null;
create unique index rooms_public_name on rooms (name) where kind = 'public';

-- The membership of each user in each room that they opened or were added to.
create table memberships (
  user_id integer not null references users,
  room_id integer not null references rooms,
  -- The id up to which they have read.
  read_to integer not null,
  role text not null default 'member' check (role in ('member', 'moderator')),
  -- 0 after they left or were removed.
  is_in integer not null default 1,
  -- Whether a member added them, by name or by a link: such a guest may enter rooms that are closed to guests.
  is_invited integer not null default 0,
  muted_until integer,
  banned_until integer,
  -- When they last wrote there; kept while slow mode is on.
  wrote_at integer,
  primary key (user_id, room_id)
) strict, without rowid;

insert into memberships (user_id, room_id, read_to) select user_id, room_id, id from reads;
drop table reads;

create index memberships_room on memberships (room_id, user_id);

-- One-time links: to become the owner, to set a password, to join a room. Only the hash of the token is stored.
create table links (
  -- Acts name links by it, also those that are gone: none has it again.
  id integer primary key autoincrement,
  token_hash blob not null unique check (length(token_hash) = 32),
  type text not null check (type in ('owner', 'password', 'invite')),
  user_id integer references users,
  room_id integer references rooms,
  uses_left integer not null check (uses_left >= 0),
  expires_at integer not null,
  made_by integer references users,
  made_at integer not null
) strict;

create index links_room on links (room_id, id) where type = 'invite';

-- Banned address ranges: only admins can connect from there.
create table banned_ranges (
  id integer primary key,
  range text not null,
  until integer not null,
  act_id integer not null
) strict;

-- The audit log: every moderation action.
create table acts (
  id integer primary key,
  type text not null,
  at integer not null,
  -- Null for the operator at the command line.
  by_id integer references users,
  key text,
  -- What was asked for with that key, to tell what is sent again from what is something else.
  asked text not null default '',
  user_id integer references users,
  room_id integer references rooms,
  data text not null,
  undone_by integer references acts
) strict;

create unique index acts_key on acts (by_id, key) where key is not null;

-- What moderators deleted, for as long as that can be undone.
create table removed (
  act_id integer not null references acts,
  room_id integer not null,
  id integer not null,
  data text not null,
  at integer not null,
  primary key (act_id, room_id, id)
) strict, without rowid;

create index removed_at on removed (at);
