/** A node that does not know any more who may read. */
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { LocalBackplane } from '../../src/server/backplane/local.ts'
import { Hub } from '../../src/server/chat/hub.ts'
import { encodeFrame } from '../../src/server/chat/output-buffer.ts'
import type { Publication } from '../../src/server/chat/publication.ts'
import type { Entry } from '../../src/shared/protocol/types.ts'
import { takeFrames } from '../attack/socket/frames.ts'

const user = { id: 1, name: 'Anna', image: 1 }
const entry = (id: number): Entry => ({ type: 'chat', id, room: 'tea', user, data: `${id}`, at: 1_000 + id })

async function settle() {
  for (let i = 0; i < 10; i++) await setImmediate()
}

async function follow() {
  const caughtUp = Promise.withResolvers<void>()
  const node = { isCurrent: true, whenCurrent: async () => void (node.isCurrent || (await caughtUp.promise)) }
  const entriesAfter = async (_room: string, after: number) => [1, 2, 3].filter((id) => id > after).map(entry)
  const hub = new Hub({
    store: { rooms: { open: async () => 0 }, log: { entriesAfter } },
    reads: { readWhenAllowed: (_reader: unknown, read: () => unknown) => read() },
    backplane: new LocalBackplane<Publication>(),
    log: { event: () => {} },
    presenceGraceMs: 0,
    node,
  } as never)
  const heard: string[] = []
  const output = {
    isBehind: false,
    isFull: false,
    codec: { isShared: true, write: (frame: { data?: unknown }) => encodeFrame(`${frame.data}`) },
    push: (frames: Buffer) => void heard.push(...takeFrames(frames).frames.map(({ payload }) => `${payload}`)),
    flush: () => {},
    drained: async () => {},
  }
  const session = { isVerified: true, user }
  const connection = { user, rooms: new Map(), output, session, reply: () => {} } as never
  const subscription = await hub.subscribe('tea', connection)
  subscription.room.follow(subscription, 0)
  const catchUp = () => {
    node.isCurrent = true
    caughtUp.resolve()
  }
  return { hub, node, heard, connection, catchUp }
}

it('node that is behind › gives out nothing that came before it knew, and all of it afterwards, once and in order', async () => {
  const { hub, node, heard, catchUp } = await follow()
  hub.publish({ type: 'entry', entry: entry(1) })
  await settle()
  expect(heard).toEqual(['1'])
  hub.publish({ type: 'entry', entry: entry(2) })
  // Between the publication and the end of the turn, as when the process was stopped there.
  node.isCurrent = false
  hub.publish({ type: 'entry', entry: entry(3) })
  await settle()
  expect(heard).toEqual(['1'])
  catchUp()
  await settle()
  expect(heard).toEqual(['1', '2', '3'])
})
it('node that is behind › gives nothing of it to who has lost access meanwhile', async () => {
  const { hub, node, heard, connection, catchUp } = await follow()
  hub.publish({ type: 'entry', entry: entry(1) })
  node.isCurrent = false
  await settle()
  // The server log says so, before the node is current.
  hub.leave(connection, 'tea')
  catchUp()
  await settle()
  expect(heard).toEqual([])
})
