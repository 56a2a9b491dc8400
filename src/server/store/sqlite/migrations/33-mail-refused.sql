-- Whether the mail server has refused the address, so that its user can be told.
alter table notification_settings add column mail_refused integer not null default 0;
