-- A reaction is one emoji. All others are removed; their entries keep their places.
delete from reactions where not is_emoji(data);
update entries set data = '' where type = 'react' and not is_emoji(data);
-- What a user has reacted, which goes with all that they wrote when that is taken away.
create index reactions_user on reactions (user_id);

-- The users whom a user has blocked.
create table blocks (
  user_id integer not null references users,
  blocked_id integer not null references users,
  at integer not null,
  primary key (user_id, blocked_id)
) strict, without rowid;

-- Whether a guest has added this user, who has not accepted yet. A user who is not a member then has declined for good.
alter table memberships add column is_request integer not null default 0;

-- Looked for with each message of rooms that are not public: of most there are none.
create index memberships_requests on memberships (room_id) where is_request = 1;
