-- Whether a user is a bot, which the image -2 told before. Bots have the initials of a user without a drawing.
alter table users add column is_bot integer not null default 0;
update users set is_bot = 1 where image = -2;

alter table users rename column image to old_image;
alter table users add column image integer not null default -1 check (image between -1 and 9);
update users set image = old_image where is_bot = 0;
alter table users drop column old_image;
