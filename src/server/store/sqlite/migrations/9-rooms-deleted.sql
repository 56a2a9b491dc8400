-- What kind of room it was before it was deleted; null for one that is there. The row stays for the audit log.
alter table rooms add column deleted_kind text;
