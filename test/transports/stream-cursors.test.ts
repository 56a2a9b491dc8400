/** Cursors of event streams and long polls say of which log they are: a restored backup and a failover make another one. */
import { cpSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../src/server/log.ts'
import { formatLogMark, markOf, parseLogMark } from '../../src/server/transports/stream/cursor.ts'
import { Positions } from '../../src/server/transports/stream/positions.ts'
import { maxQueryCharacters } from '../../src/server/transports/stream/stream-request.ts'
import { join } from '../support/clients/chat-clients.ts'
import { idsIn, openStream, poll } from '../support/clients/stream-client.ts'
import { type Cleanup, type Person, startServer, type TestServer, temporaryFolder } from '../support/server/server.ts'

/** Three messages, of which the backup has the first; what was said of the third; and then the log of the backup with two other messages. */
async function restored(t: Cleanup, { hasNewEpoch }: { hasNewEpoch: boolean }) {
  const logged: string[] = []
  const log = createLog('info', { dropped: 0, write: (line) => logged.push(line), flush: async () => {} })
  const server = await startServer(t, { RATE_LIMITS: 'off' }, log)
  const anna = await server.signIn('Anna')
  await say(server, 'kept 1')
  await server.stop()
  const backup = joinPath(temporaryFolder(t), 'backup')
  cpSync(server.dataDir, backup, { recursive: true })
  await server.restart()
  await say(server, 'lost 2', 'lost 3')
  const stream = await openStream(t, server, anna, 'room=lobby:0')
  await stream.next('list')
  const polled = await pollFor(server, anna, 'room=lobby:0', 'chat', 3)
  const said = { stream: stream.lastId, poll: polled.next }
  expect(Object.values(said).map(idsIn)).toEqual(['room=lobby:3', 'room=lobby:3'])
  if (hasNewEpoch) {
    const database = new DatabaseSync(joinPath(backup, 'teahouse.db'))
    database.exec("update meta set value = 'after the backup' where key = 'epoch'")
    database.close()
  }
  await server.restart({ DATA_DIR: backup })
  await say(server, 'other 2', 'other 3', 'other 4')
  return { server, anna, said, logged }
}

async function say(server: TestServer, ...texts: string[]): Promise<void> {
  const bo = await join(server, 'Bo')
  for (const text of texts) await bo.say('lobby', text)
}

/** An answer may have presence alone. @returns the frames that have what was asked for, and where to go on */
async function pollFor(server: TestServer, anna: Person, query: string, type: string, count = 1) {
  const found: Record<string, unknown>[] = []
  let next = query
  while (found.length < count) {
    const answer = await poll(server, anna, next)
    found.push(...answer.frames.filter((frame) => frame.type === type))
    next = answer.next
  }
  return { frames: found, next }
}

const texts = (frames: readonly { data?: unknown }[]) => frames.map(({ data }) => data)

async function opensAnew(t: Cleanup, server: TestServer, anna: Person, query: string): Promise<void> {
  const stream = await openStream(t, server, anna, query)
  const { id, frame } = await stream.next('opened')
  expect([frame.reset, texts(frame.messages as [])]).toEqual([true, ['kept 1', 'other 2', 'other 3', 'other 4']])
  expect(stream.received.map(({ frame }) => frame.type)).not.toContain('chat')
  const { frames, next } = await pollFor(server, anna, query, 'opened')
  expect(frames).toMatchObject([{ type: 'opened', reset: true, last: 4 }])
  // What both say is of the new log.
  expect([id, next].map(idsIn)).toEqual(['room=lobby:4', 'room=lobby:4'])
  for (const query of [id as string, next]) {
    const { frames } = await poll(server, anna, `${query}&wait=0`)
    expect(frames.filter(({ type }) => type === 'opened' || type === 'chat')).toEqual([])
  }
}

describe('a cursor of a stream', () => {
  it.for([{ hasNewEpoch: true }, { hasNewEpoch: false }])(
    'of a log that was lost opens the room anew; with a new epoch: $hasNewEpoch',
    async ({ hasNewEpoch }, t) => {
      const { server, anna, said, logged } = await restored(t, { hasNewEpoch })
      for (const query of Object.values(said)) await opensAnew(t, server, anna, query)
      // Without its mark the same id is taken for one of the new log.
      const { frames } = await pollFor(server, anna, 'room=lobby:3', 'chat')
      expect(texts(frames)).toEqual(['other 4'])
      // A new epoch is what one gives to a backup: then nobody has to be told of it.
      expect(logged.some((line) => line.includes('backup-suspected'))).toBe(!hasNewEpoch)
    },
  )

  it('goes on after a restart of the server, also where nothing has been said', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const anna = await server.signIn('Anna')
    const empty = await poll(server, anna, 'room=lobby:&wait=0')
    expect(idsIn(empty.next)).toBe('room=lobby:0')
    await server.restart()
    await say(server, 'one', 'two')
    const first = await pollFor(server, anna, empty.next, 'chat', 2)
    expect(texts(first.frames)).toEqual(['one', 'two'])
    await server.restart()
    await say(server, 'three')
    const stream = await openStream(t, server, anna, 'room=lobby:0', { 'last-event-id': first.next })
    expect((await stream.next('chat')).frame).toMatchObject({ id: 3 })
    expect(stream.received.map(({ frame }) => frame.type)).not.toContain('opened')
  })

  it('is refused when it is none', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const cursors = [
      '3.',
      '3.abc',
      '-1',
      '3&log=',
      '3&log=abc',
      '3&log=ABCDEF01',
      '3&log=01234567.A',
      '3&log=01234567.0123456789',
    ]
    for (const cursor of cursors)
      expect([cursor, (await poll(server, anna, `room=lobby:${cursor}`)).body]).toMatchObject([
        cursor,
        { type: 'error', code: 'bad-field' },
      ])
  })

  it('goes on when its client has added a room or left one out', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const anna = await server.signIn('Anna')
    const bo = await join(server, 'Bo')
    for (const room of ['tea', 'lobby']) {
      await bo.open(room)
      await bo.say(room, `to ${room}`)
    }
    const { next } = await poll(server, anna, 'room=tea:1&room=lobby:1&wait=0')
    expect(next).toMatch(/^room=tea:1&room=lobby:1&log=/)
    for (const query of [next.replace('room=tea:1&', ''), `room=quiet:0&${next}`]) {
      const { frames } = await poll(server, anna, `${query}&wait=0`)
      expect(frames.map(({ type }) => type)).not.toContain('opened')
    }
  })

  it('is read as it is written', () => {
    const mark = markOf('9f86d081884c7d659a2feaa0c55ad015')
    expect(mark).toMatch(/^[0-9a-f]{8}$/)
    expect(markOf('another one')).not.toBe(mark)
    for (const times of [[], [1_700_000_000_000], [0, undefined, 5], [undefined]])
      expect(parseLogMark(formatLogMark({ mark, times }))).toEqual({ mark, times })
  })

  it('is an id alone where the times of all rooms would not fit into a request', () => {
    const names = Array.from({ length: 100 }, (_, i) => `a room with a name that is so long, number ${i}`)
    const query = (count: number) => {
      const positions = new Positions(new Map(names.slice(0, count).map((name) => [name, {}])), '01234567')
      for (const name of names.slice(0, count)) positions.set(name, { id: 1_000, at: 1_700_000_000_000 })
      return positions.query
    }
    expect(query(50)).toMatch(/%2049:1000&log=01234567(\.loyw3v28){50}$/)
    expect(query(100)).toMatch(/%2099:1000$/)
    expect(query(100).length).toBeLessThanOrEqual(maxQueryCharacters)
  })
})
