-- Which message stands at which place of the search index. An index of `entries` takes three times as many bytes.
create table search_chunks (
  -- Of 256 places: the place divided by that.
  chunk integer primary key,
  -- Its last place that has a message.
  last integer not null,
  first_at integer not null,
  last_at integer not null,
  -- Five bytes for each place up to the last: two of the room's number and three of the message's, the higher ones first. Zeros for none, and for larger numbers. Those of deleted messages stay: no place is given twice.
  messages blob not null
) strict;

insert into search_chunks
select place / 256, place, at, at,
  cast(zeroblob(place % 256 * 5)
    || iif(room_id > 65535 or id > 16777215, zeroblob(5), unhex(format('%04x%06x', room_id, id))) as blob)
from entries indexed by entries_place
where place is not null
order by place
on conflict (chunk) do update set last = excluded.last, first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at),
  messages = cast(messages || zeroblob(length(excluded.messages) - 5 - length(messages)) || substr(excluded.messages, -5) as blob);

-- The text of a file may outlive its message, which a deleted room has taken with it.
update search_chunks set last = max(last, coalesce((select max(place) from file_texts), 0) / 16)
where chunk = (select max(chunk) from search_chunks);

drop index entries_place;

create unique index entries_place on entries (place) where place is not null and (room_id > 65535 or id > 16777215);
