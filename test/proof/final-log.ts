/** Reads the final log, by a new client and directly from the database file. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Opened } from '../../src/shared/protocol/frames.ts'
import { limits } from '../../src/shared/protocol/limits.ts'
import { connect } from '../support/clients/client.ts'
import type { Reading } from './checker.ts'
import type { Chat } from './history.ts'

export async function readFinalLog(url: string, cookie: string, room: string): Promise<Reading> {
  const client = await connect(`${url.replace('http', 'ws')}/ws/chat`, { protocol: 'chat.v1', cookie })
  const { epoch, last: head } = await client.open(room, { limit: 1 })
  const reading: Reading = { by: 'a fresh client', entries: [], head, faults: [] }
  for (let after = 0, more = true; more; ) {
    const opened: Opened = await client.open(room, { after, epoch, limit: limits.maxPerPage })
    if (opened.reset) reading.faults.push('its epoch was refused')
    for (const { id, data } of (opened.entries ?? []) as Chat[]) reading.entries.push({ id, data })
    const next = opened.entries?.at(-1)?.id ?? after
    more = opened.more && next > after
    after = next
    // Frames are kept by the test client; a long log need not be in memory twice.
    client.received.length = 0
  }
  await client.close()
  return reading
}

export function readSql(dataDir: string, room: string): Reading {
  const database = new DatabaseSync(join(dataDir, 'teahouse.db'), { readOnly: true })
  try {
    const all = <Row>(sql: string, ...values: string[]) => database.prepare(sql).all(...values) as Row[]
    const integrity = all<{ integrity_check: string }>('pragma integrity_check').map((row) => row.integrity_check)
    const [found] = all<{ id: number; last: number }>('select id, last from rooms where name = ?', room)
    const entries = all<{ id: number; data: string; key: string }>(
      `select id, data, key from entries where room_id = (select id from rooms where name = ?) order by id`,
      room,
    )
    const faults = integrity.filter((line) => line !== 'ok').map((line) => `integrity_check says ${line}`)
    return { by: 'SQL', entries, head: found?.last ?? 0, faults }
  } finally {
    database.close()
  }
}
