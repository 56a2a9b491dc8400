create table rooms (
  id bigint generated always as identity primary key,
  address text collate "C" not null unique,
  name text collate "C" not null default '',
  skeleton text collate "C",
  topic text not null default '',
  kind text collate "C" not null default 'public' check (kind in ('public', 'private', 'direct')),
  deleted_kind text collate "C",
  -- The id and the time of the newest entry: both given and read inside the transaction that stores it.
  last bigint not null default 0,
  last_at bigint not null default 0,
  created_at bigint not null,
  created_by bigint references users,
  created_key text collate "C",
  created_request text not null default '',
  participants text collate "C",
  read_only integer not null default 0,
  slow_ms bigint not null default 0,
  archived integer not null default 0,
  picture text collate "C",
  picture_bytes bigint
);

create index rooms_picture on rooms (picture) where picture is not null;

create unique index rooms_participants on rooms (participants) where participants is not null;
create unique index rooms_key on rooms (created_by, created_key) where created_key is not null;
create unique index rooms_public_name on rooms (name) where kind = 'public';
create index rooms_skeleton on rooms (skeleton) where skeleton is not null;

create table memberships (
  user_id bigint not null references users,
  room_id bigint not null references rooms,
  read_to bigint not null,
  role text collate "C" not null default 'member' check (role in ('member', 'moderator')),
  is_member integer not null default 1,
  is_invited integer not null default 0,
  is_request integer not null default 0,
  muted_until bigint,
  banned_until bigint,
  wrote_at bigint,
  level text collate "C" check (level in ('all', 'mentions', 'nothing')),
  primary key (user_id, room_id)
);

create index memberships_room on memberships (room_id, user_id);
create index memberships_requests on memberships (room_id) where is_request = 1;

create table links (
  id bigint generated always as identity primary key,
  token_hash bytea not null unique check (length(token_hash) = 32),
  type text collate "C" not null check (type in ('owner', 'password', 'invite')),
  user_id bigint references users,
  room_id bigint references rooms,
  uses_left integer not null check (uses_left >= 0),
  expires_at bigint not null,
  created_by bigint references users,
  created_at bigint not null,
  is_mailed integer not null default 0
);

create index links_room on links (room_id, id) where type = 'invite';
