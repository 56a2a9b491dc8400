-- The same tables as SQLite's after all migrations. Text is compared by its bytes, as SQLite does it.
create table meta (
  key text collate "C" primary key,
  value text not null
);

insert into meta values ('epoch', replace(gen_random_uuid()::text, '-', ''));

-- The last transaction that each lane of a node has stored: see commit-outcome.ts.
create table lanes (
  id text collate "C" primary key,
  number bigint not null,
  at bigint not null
) with (fillfactor = 50);

-- Changes that every node of a server has to know: see contracts/server-log.ts.
create table server_log (
  id bigint primary key,
  at bigint not null,
  data text not null
);

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

-- The log of every room.
create table entries (
  room_id bigint not null references rooms,
  id bigint not null,
  type text collate "C" not null check (type in ('chat', 'edit', 'delete', 'react', 'pin', 'room')),
  user_id bigint not null references users,
  key text collate "C" not null,
  at bigint not null,
  data text collate "C" not null,
  ref bigint,
  is_on integer,
  mentions text,
  deleted integer not null default 0,
  files text,
  place bigint,
  primary key (room_id, id)
);

create unique index entries_key on entries (user_id, key);
create index entries_chat on entries (room_id, id, user_id, deleted) where type = 'chat';
create index entries_edit on entries (room_id, ref, id) where type = 'edit';

create unique index entries_place on entries (place) where place is not null;

-- SQLite's is a table of FTS5.
create table search_index (
  place bigint primary key,
  words tsvector not null
);

create sequence search_places;

create index search_index_words on search_index using gin (words);

create table search_backlog (
  room_id bigint primary key references rooms,
  message_id bigint not null,
  at bigint not null
);

create index search_backlog_at on search_backlog (at, room_id);

create table search_state (
  reserved bigint not null,
  next bigint not null
);

insert into search_state values (0, 0);

create table reactions (
  room_id bigint not null,
  message_id bigint not null,
  data text collate "C" not null,
  user_id bigint not null references users,
  id bigint not null,
  primary key (room_id, message_id, data, user_id)
);

create index reactions_user on reactions (user_id);

create table pins (
  room_id bigint not null references rooms,
  message_id bigint not null,
  id bigint not null,
  primary key (room_id, message_id)
);

create table mentions (
  user_id bigint not null references users,
  room_id bigint not null references rooms,
  message_id bigint not null,
  primary key (user_id, room_id, message_id)
);

create index mentions_message on mentions (room_id, message_id);

-- Without a user: everybody in the room.
create table addressed (
  id bigint generated always as identity primary key,
  user_id bigint references users,
  room_id bigint not null references rooms,
  message_id bigint not null,
  is_reply integer not null default 0,
  unique (room_id, message_id, user_id)
);

create index addressed_user on addressed (user_id, id);
create unique index addressed_everyone on addressed (room_id, message_id) where user_id is null;

create table saved (
  id bigint generated always as identity primary key,
  user_id bigint not null references users,
  room_id bigint not null references rooms,
  message_id bigint not null,
  at bigint not null,
  unique (user_id, room_id, message_id)
);

create index saved_user on saved (user_id, id);
create index saved_message on saved (room_id, message_id);

create table blocks (
  user_id bigint not null references users,
  blocked_id bigint not null references users,
  at bigint not null,
  primary key (user_id, blocked_id)
);

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

create table bots (
  user_id bigint primary key references users,
  token_hash bytea unique check (length(token_hash) = 32),
  can_write integer not null,
  can_view_public integer not null,
  created_at bigint not null
);

create table hooks (
  id bigint generated always as identity primary key,
  token_hash bytea not null unique check (length(token_hash) = 32),
  user_id bigint not null references users,
  room_id bigint not null references rooms,
  created_at bigint not null
);

create table outgoing_hooks (
  id bigint generated always as identity primary key,
  user_id bigint not null references users,
  kind text collate "C" not null check (kind in ('messages', 'mentions', 'command')),
  command text collate "C" check ((kind = 'command') = (command is not null)),
  description text not null default '',
  url text not null,
  secret text not null,
  created_by bigint references users,
  created_at bigint not null,
  paused text collate "C",
  failures bigint not null default 0,
  failing_since bigint,
  next_at bigint not null default 0
);

create table outgoing_cursors (
  hook_id bigint not null references outgoing_hooks,
  room_id bigint not null references rooms,
  cursor bigint not null,
  primary key (hook_id, room_id)
);

create index outgoing_cursors_room on outgoing_cursors (room_id);

create table deliveries (
  id bigint generated always as identity primary key,
  hook_id bigint not null references outgoing_hooks,
  room_id bigint not null references rooms,
  message_id bigint not null,
  at bigint not null,
  result text collate "C",
  status integer,
  answer text
);

create index deliveries_hook on deliveries (hook_id, id);
create index deliveries_message on deliveries (room_id, message_id);
create index deliveries_waiting on deliveries (hook_id, id) where result is null;

create table audit_log (
  id bigint generated always as identity primary key,
  type text collate "C" not null,
  at bigint not null,
  actor_id bigint references users,
  key text collate "C",
  request text not null default '',
  user_id bigint references users,
  room_id bigint references rooms,
  data text not null,
  gives_back integer not null default 0,
  undone_by bigint references audit_log
);

create unique index audit_log_key on audit_log (actor_id, key) where key is not null;
create index audit_log_user on audit_log (user_id, type) where user_id is not null;
create index audit_log_gives_back on audit_log (user_id) where gives_back = 1;
create index audit_log_actor on audit_log (actor_id, id) where actor_id is not null;
create index audit_log_target on audit_log (user_id, id) where user_id is not null;
create index audit_log_room on audit_log (room_id, id) where room_id is not null;
create index audit_log_type on audit_log (type, id);

create table unfinished_actions (
  action_id bigint primary key references audit_log,
  position text not null
);

create table banned_ranges (
  id bigint generated always as identity primary key,
  range text collate "C" not null,
  until bigint not null,
  action_id bigint not null references audit_log
);

create table removed_messages (
  action_id bigint not null references audit_log,
  room_id bigint not null,
  message_id bigint not null,
  data text not null,
  at bigint not null,
  files text,
  primary key (action_id, room_id, message_id)
);

create index removed_messages_at on removed_messages (at);
create index removed_messages_message on removed_messages (room_id, message_id);

create table files (
  id text collate "C" primary key,
  room_id bigint not null references rooms,
  user_id bigint not null references users,
  created_at bigint not null,
  name text not null,
  type text collate "C" not null,
  bytes bigint not null,
  hash text collate "C",
  width integer,
  height integer,
  color text,
  alt text not null default '',
  as_file integer not null default 0,
  message_id bigint,
  position integer,
  removed_at bigint,
  is_unverified integer not null default 0,
  key text collate "C",
  text_waits bigint
);

create index files_message on files (room_id, message_id, position);
create index files_hash on files (hash, bytes);
create index files_user on files (user_id, is_unverified, created_at, bytes);
create unique index files_key on files (user_id, is_unverified, key) where key is not null;
create index files_unsent on files (created_at) where message_id is null;
create index files_removed on files (removed_at) where removed_at is not null;
create index files_text_waits on files (text_waits, created_at) where text_waits is not null and message_id is not null and removed_at is null;

-- SQLite's is a table of FTS5.
create table text_index (
  place bigint primary key,
  words tsvector not null
);

create index text_index_words on text_index using gin (words);

create table file_texts (
  place bigint primary key,
  file_id text collate "C" not null unique,
  parts integer not null,
  characters integer not null,
  removes_at bigint not null default 0
);

create index file_texts_removed on file_texts (removes_at, place) where removes_at > 0;

create table file_text_parts (
  place bigint not null,
  part integer not null,
  text text not null,
  terms text collate "C" not null,
  words text not null,
  characters integer not null,
  primary key (place, part)
);

create table notification_settings (
  user_id bigint primary key references users,
  level text collate "C" not null default 'mentions' check (level in ('all', 'mentions', 'nothing')),
  quiet_from integer,
  quiet_to integer,
  time_zone text not null default 'UTC',
  language text collate "C" not null default 'en' check (language in ('en', 'zh')),
  shows_text integer not null default 1,
  mail_address text collate "C",
  mail_key text collate "C",
  mail_verified integer not null default 0,
  mail_delay_minutes integer not null default 15,
  mail_digests integer not null default 1,
  mail_token text collate "C" unique,
  mail_link_hash bytea check (length(mail_link_hash) = 32),
  mail_link_expires_at bigint,
  mail_failures integer not null default 0,
  mail_next_at bigint not null default 0,
  mail_refused integer not null default 0
);

create index notification_settings_mail on notification_settings (mail_key) where mail_verified = 1;
create index notification_settings_link on notification_settings (mail_link_hash) where mail_link_hash is not null;

create table keywords (
  user_id bigint not null references users,
  position integer not null,
  keyword text not null,
  term text collate "C" not null,
  primary key (user_id, position)
);

create index keywords_term on keywords (term, user_id);

create table push_subscriptions (
  id bigint generated always as identity primary key,
  session_id bigint not null references sessions on delete cascade,
  user_id bigint not null references users,
  endpoint text collate "C" not null unique,
  p256dh text not null,
  auth text not null,
  language text collate "C" not null check (language in ('en', 'zh')),
  created_at bigint not null,
  used_at bigint,
  failures integer not null default 0,
  next_at bigint not null default 0,
  failed_at bigint,
  fault text collate "C",
  status integer
);

create index push_subscriptions_user on push_subscriptions (user_id, id);
create index push_subscriptions_session on push_subscriptions (session_id);

create table notices (
  user_id bigint not null references users,
  room_id bigint not null references rooms,
  pushed_to bigint not null default 0,
  mailed_to bigint not null default 0,
  is_shown integer not null default 0,
  shown_id bigint not null default 0,
  shown_edited bigint not null default 0,
  primary key (user_id, room_id)
) with (fillfactor = 70);

create index notices_room on notices (room_id);

create table push_retries (
  subscription_id bigint not null references push_subscriptions on delete cascade,
  room_id bigint not null references rooms,
  since bigint not null,
  primary key (subscription_id, room_id)
);

create index push_retries_room on push_retries (room_id);

create table file_totals (
  id integer primary key check (id = 1),
  bytes bigint not null
);
