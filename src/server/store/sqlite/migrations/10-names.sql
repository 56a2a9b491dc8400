-- Names of the vocabulary, and columns and tables for what was only implied.
alter table memberships rename column is_in to is_member;
alter table links rename column made_by to created_by;
alter table links rename column made_at to created_at;

alter table rooms rename column created_as to created_request;
alter table rooms rename column people to participants;
drop index rooms_people;
create unique index rooms_participants on rooms (participants) where participants is not null;

-- Users are found by the beginning of their names in any case, not only that of ASCII.
drop index users_beginning;
-- Two names are alike in any case also where the small letter depends on its place in the word.
update users set folded = folded_name(name) where folded <> folded_name(name);

-- A call names a session by its number, also after the session has ended: no other session may get the number.
create table new_sessions (
  id integer primary key autoincrement,
  token_hash blob not null unique check (length(token_hash) = 32),
  user_id integer not null references users,
  started_at integer not null,
  seen_at integer not null default 0,
  is_verified integer not null default 0,
  agent text not null default '',
  address text not null default ''
) strict;
insert into new_sessions
  select id, token_hash, user_id, started_at, seen_at, is_proven, agent, address from sessions;
drop table sessions;
alter table new_sessions rename to sessions;
create index sessions_user on sessions (user_id);
create index sessions_start on sessions (started_at);

-- The audit log: every moderation action.
alter table acts rename to audit_log;
alter table audit_log rename column by_id to actor_id;
alter table audit_log rename column asked to request;
drop index acts_key;
create unique index audit_log_key on audit_log (actor_id, key) where key is not null;
drop index acts_user;
create index audit_log_user on audit_log (user_id, type) where user_id is not null;
update audit_log set data = replace(data, '"act":', '"action":') where type in ('undo', 'ban', 'ban-range');
-- The only command of which a field has another name: sent again under its key it is still the same.
update audit_log set request = replace(request, '"act":', '"action":') where type = 'undo';

-- Whether undoing it would give the user back what protects their name: a moderator's role, or an invitation.
alter table audit_log add column gives_back integer not null default 0;
update audit_log set gives_back = 1 where user_id is not null and (
  (type = 'role' and data ->> '$.before' = 'moderator')
  or (type in ('kick', 'ban') and (data ->> '$.before.role' = 'moderator' or data ->> '$.before.isInvited')));
create index audit_log_gives_back on audit_log (user_id) where gives_back = 1;

-- How far an action has come that is too large for one transaction.
create table unfinished_actions (
  action_id integer primary key references audit_log,
  position text not null
) strict;
insert into unfinished_actions
  select cast(substr(key, 5) as integer), value from meta
  where key glob 'act *' and cast(substr(key, 5) as integer) in (select id from audit_log);
delete from meta where key glob 'act *';

create table new_banned_ranges (
  id integer primary key,
  range text not null,
  until integer not null,
  action_id integer not null references audit_log
) strict;
insert into new_banned_ranges
  select id, range, until, act_id from banned_ranges where act_id in (select id from audit_log);
drop table banned_ranges;
alter table new_banned_ranges rename to banned_ranges;

-- What moderators deleted, for as long as that can be undone.
alter table removed rename to removed_messages;
alter table removed_messages rename column act_id to action_id;
alter table removed_messages rename column id to message_id;
drop index removed_at;
create index removed_messages_at on removed_messages (at);

-- An entry whose text was deleted says so: the edits of a deleted message, and reactions that were no emoji.
update entries set deleted = 1 where type in ('edit', 'react') and data = '';
