-- Changes that every node of a server has to know: see contracts/server-log.ts.
create table server_log (
  id integer primary key,
  at integer not null,
  data text not null
) strict;
