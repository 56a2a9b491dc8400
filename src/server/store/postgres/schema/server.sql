-- The same tables as SQLite's after all migrations. Text is compared by its bytes, as SQLite does it.
create table meta (
  key text collate "C" primary key,
  value text not null
);

insert into meta values ('epoch', replace(gen_random_uuid()::text, '-', ''));

-- The last transaction that each lane of a node has stored: see commit-outcome.ts.
create table lanes (
  id text collate "C" primary key,
  number bigint not null,
  at bigint not null
) with (fillfactor = 50);

-- Changes that every node of a server has to know: see contracts/server-log.ts.
create table server_log (
  id bigint primary key,
  at bigint not null,
  data text not null
);
