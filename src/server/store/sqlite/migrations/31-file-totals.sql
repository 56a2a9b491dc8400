-- How many bytes all files need. It changes with them, so that no upload has to add up all of them. No row is 0.
create table file_totals (
  id integer primary key check (id = 1),
  bytes integer not null
) strict;

insert into file_totals
select 1, total from (
  select sum(bytes) as total from (
    select max(bytes) as bytes from files where hash is not null group by hash
    union all select bytes from files where hash is null
  )
) where total is not null;
