create table users (
  id bigint generated always as identity primary key,
  name text collate "C" not null unique,
  folded text collate "C" not null,
  skeleton text collate "C",
  image integer not null check (image between -1 and 9),
  is_bot integer not null default 0,
  created_at bigint not null,
  role text collate "C" not null default 'guest' check (role in ('guest', 'member', 'admin', 'owner')),
  password_hash text,
  banned_until bigint,
  last_seen_at bigint not null default 0,
  hides_seen integer not null default 0,
  status text,
  picture text collate "C",
  picture_bytes bigint
);

create index users_picture on users (picture) where picture is not null;

create index users_folded on users (folded);
create index users_skeleton on users (skeleton);
create unique index users_claimed on users (skeleton) where role <> 'guest';
create index users_owner on users (id) where role = 'owner';

create table sessions (
  id bigint generated always as identity primary key,
  token_hash bytea not null unique check (length(token_hash) = 32),
  user_id bigint not null references users,
  started_at bigint not null,
  seen_at bigint not null default 0,
  is_verified integer not null default 0,
  agent text not null default '',
  address text not null default ''
);

create index sessions_user on sessions (user_id);
create index sessions_start on sessions (started_at);

create table known_devices (
  user_id bigint not null references users,
  secret_hash bytea not null check (length(secret_hash) = 32),
  seen_at bigint not null,
  primary key (user_id, secret_hash)
);

create index known_devices_secret on known_devices (secret_hash);

create table blocks (
  user_id bigint not null references users,
  blocked_id bigint not null references users,
  at bigint not null,
  primary key (user_id, blocked_id)
);
