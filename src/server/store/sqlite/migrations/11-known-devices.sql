-- The browsers that can prove a guest's name again after signing out: the hash of a secret in a cookie of their own.
create table known_devices (
  user_id integer not null references users,
  secret_hash blob not null check (length(secret_hash) = 32),
  seen_at integer not null,
  primary key (user_id, secret_hash)
) strict, without rowid;

create index known_devices_secret on known_devices (secret_hash);
