-- The audit log is listed by actor, by user, by room and by type, newest first: an index of SQLite ends with the id.
create index audit_log_actor on audit_log (actor_id) where actor_id is not null;
create index audit_log_target on audit_log (user_id) where user_id is not null;
create index audit_log_room on audit_log (room_id) where room_id is not null;
create index audit_log_type on audit_log (type);
