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
