-- What users say of themselves, as JSON; null for nothing.
alter table users add column status text;
