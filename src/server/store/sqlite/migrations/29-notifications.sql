-- Which messages of the room the user wants to hear of; null: as in all rooms without a choice of their own. Until now everything was
-- counted where nothing was chosen, and it still is.
alter table memberships add column level text check (level in ('all', 'mentions', 'nothing'));
update memberships set level = notify where notify <> 'all';
alter table memberships drop column notify;

-- What a user wants to be told while no page of theirs is open, and when.
create table notification_settings (
  user_id integer primary key references users,
  level text not null default 'mentions' check (level in ('all', 'mentions', 'nothing')),
  -- Minutes of the day in their time zone; null for no quiet hours.
  quiet_from integer,
  quiet_to integer,
  time_zone text not null default 'UTC',
  language text not null default 'en' check (language in ('en', 'zh')),
  shows_text integer not null default 1,
  -- As it was typed, and in small letters, as it is looked for.
  mail_address text,
  mail_key text,
  mail_verified integer not null default 0,
  mail_delay_minutes integer not null default 15,
  -- Whether unread messages are mailed. The address leads to a new password without it, too.
  mail_digests integer not null default 1,
  -- Opens the page that turns e-mail off: in each mail.
  mail_token text unique,
  -- Of the link that verifies the address.
  mail_link_hash blob check (length(mail_link_hash) = 32),
  mail_link_expires_at integer,
  -- Of the digest that comes next: how often it has failed, and when it is tried again.
  mail_failures integer not null default 0,
  mail_next_at integer not null default 0
) strict;

create index notification_settings_mail on notification_settings (mail_key) where mail_verified = 1;
create index notification_settings_link on notification_settings (mail_link_hash) where mail_link_hash is not null;

-- `term`: the first of its words, as the search has them.
create table keywords (
  user_id integer not null references users,
  position integer not null,
  keyword text not null,
  term text not null,
  primary key (user_id, position)
) strict, without rowid;

create index keywords_term on keywords (term, user_id);

-- Made for who has forgotten their password, and mailed to their address.
alter table links add column is_mailed integer not null default 0;

-- Browsers to which notifications are pushed. They go with their session.
create table push_subscriptions (
  -- Never given again: a request may still be under way.
  id integer primary key autoincrement,
  session_id integer not null references sessions on delete cascade,
  user_id integer not null references users,
  endpoint text not null unique,
  p256dh text not null,
  auth text not null,
  language text not null check (language in ('en', 'zh')),
  created_at integer not null,
  -- When the push service took something last.
  used_at integer,
  -- How often the newest attempts have failed, when the next one is, and what the last one has met.
  failures integer not null default 0,
  next_at integer not null default 0,
  failed_at integer,
  fault text,
  status integer
) strict;

create index push_subscriptions_user on push_subscriptions (user_id, id);
create index push_subscriptions_session on push_subscriptions (session_id);

-- How far a user was told of a room: up to which message by push and by mail, and whether a notification is still shown.
create table notices (
  user_id integer not null references users,
  room_id integer not null references rooms,
  pushed_to integer not null default 0,
  mailed_to integer not null default 0,
  is_shown integer not null default 0,
  -- The newest message that was pushed, and when it had been edited.
  shown_id integer not null default 0,
  shown_edited integer not null default 0,
  primary key (user_id, room_id)
) strict, without rowid;

create index notices_room on notices (room_id);

-- What a push service did not take yet: the room as it then is.
create table push_retries (
  subscription_id integer not null references push_subscriptions on delete cascade,
  room_id integer not null references rooms,
  since integer not null,
  primary key (subscription_id, room_id)
) strict, without rowid;

create index push_retries_room on push_retries (room_id);
