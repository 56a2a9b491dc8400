-- Rooms whose address leads nowhere: URL parsers and proxies take a part of it that is . or .. for a step, also when it is
-- percent-encoded. They keep their names. An address is not told from its letters anywhere else, so any other will do.
update rooms set address = 'room-' || id || '-' || lower(hex(randomblob(4)))
where '/' || address || '/' like '%/./%' or '/' || address || '/' like '%/../%';
