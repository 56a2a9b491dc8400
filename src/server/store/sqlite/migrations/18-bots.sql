-- Bots are users with an image of their own, -2.
alter table users rename column image to old_image;
alter table users add column image integer not null default -1 check (image between -2 and 9);
update users set image = old_image;
alter table users drop column old_image;

-- What a bot may do. The hash is null once its token was revoked.
create table bots (
  user_id integer primary key references users,
  token_hash blob unique check (length(token_hash) = 32),
  can_write integer not null,
  -- Whether it may view all public rooms; otherwise only the rooms to which it was added.
  can_view_public integer not null,
  created_at integer not null
) strict;

-- Incoming webhooks: each writes in one room, in the name of a bot.
create table hooks (
  id integer primary key,
  token_hash blob not null unique check (length(token_hash) = 32),
  user_id integer not null references users,
  room_id integer not null references rooms,
  created_at integer not null
) strict;
