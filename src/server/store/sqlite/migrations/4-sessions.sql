-- What was done to somebody can be undone, and an undo may give them back more than a typed name may have.
create index acts_user on acts (user_id, type) where user_id is not null;
