-- A user has one of ten drawings, or none, which is -1: initials stand for them then. Users keep the drawing that they have.
alter table users rename column image to old_image;
alter table users add column image integer not null default -1 check (image between -1 and 9);
update users set image = old_image;
alter table users drop column old_image;
