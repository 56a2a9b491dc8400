-- When a user was here last, 0 for never, and whether they hide it.
alter table users add column last_seen_at integer not null default 0;
alter table users add column hides_seen integer not null default 0;
update users set last_seen_at = coalesce((select max(seen_at) from sessions where user_id = users.id and is_verified = 1), 0);
