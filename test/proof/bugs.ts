/** Faults as others have them, each seeded into the real server from outside: `src` knows nothing of them. */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { LocalBackplane } from '../../src/server/backplane/local.ts'
import { ChatConnection } from '../../src/server/chat/connection.ts'
import { SocketOutputBuffer } from '../../src/server/chat/output-buffer.ts'
import type { Publication } from '../../src/server/chat/publication.ts'
import { Room } from '../../src/server/chat/room.ts'
import { handlers } from '../../src/server/commands/handlers.ts'
import { GroupCommit } from '../../src/server/store/sqlite/group-commit.ts'
import type { ServerFrame } from '../../src/shared/protocol/frames.ts'
import type { Entry } from '../../src/shared/protocol/types.ts'
import type { Property } from './checker.ts'

interface Bug {
  /** One of these must catch it, whatever else is found. */
  by: Property[]
  /** Changes the server's classes before it starts; without one, `faulty-writer.ts` does it. */
  seed?: () => void
}

export const bugs: Record<string, Bug> = {
  'acknowledged before the commit': { by: ['P1'] },
  'delivered before the commit': { by: ['P4', 'P5'], seed: deliverBeforeCommit },
  'no deduplication': { by: ['P2'] },
  'deduplication forgotten at a restart': { by: ['P2'], seed: deduplicateInMemory },
  'ids from the clock': { by: ['P9'] },
  'ids from a counter outside the transaction': { by: ['P9'] },
  'read before subscribed': { by: ['P3'], seed: readBeforeSubscribed },
  'a lossy backplane trusted': {
    by: ['P3'],
    seed() {
      loseSome()
      acceptAnyId()
    },
  },
  'a reordering backplane trusted': {
    by: ['P3'],
    seed() {
      reorderSome()
      acceptAnyId()
    },
  },
  'dropped at a full buffer': { by: ['P3'], seed: dropAtFullBuffer },
  'delivered twice': { by: ['P2'], seed: deliverTwice },
  'acknowledged with another id': { by: ['P1'], seed: acknowledgeOtherId },
  'commands side by side': { by: ['P7'], seed: obeySideBySide },
  'another text than was stored': { by: ['P4'], seed: changeText },
  'acknowledged after the entry': { by: ['P3'], seed: acknowledgeLate },
}

export const lossyBackplane = 'a backplane that loses and reorders'

/** What a sound server puts up with. */
export const hardships: Record<string, () => void> = {
  none: () => {},
  [lossyBackplane]: () => {
    loseSome()
    reorderSome()
  },
}

function isOneOf(n: number): boolean {
  return Math.random() < 1 / n
}

/** The id is guessed, rightly, and everyone has the entry while the transaction is still open. */
function deliverBeforeCommit(): void {
  const { chat } = handlers
  let log: DatabaseSync | undefined
  handlers.chat = async (services, from, command) => {
    const { room, key, data } = command
    log ??= new DatabaseSync(join(process.env.DATA_DIR ?? '', 'teahouse.db'), { readOnly: true })
    const last = services.hub.lastIn(room)
    const isKnown = log.prepare('select 1 from entries where user_id = ? and key = ?').get(from.user.id, key)
    if (last !== undefined && !isKnown) {
      const entry: Entry = { id: last + 1, room, type: 'chat', user: from.user, at: Date.now(), data }
      services.hub.publish({ type: 'entry', entry })
    }
    await chat(services, from, command)
  }
}

type Write = (this: GroupCommit, name: string, ...values: unknown[]) => Promise<unknown>

function deduplicateInMemory(): void {
  // Of any call, whatever it is: more than its types can say.
  const writer = GroupCommit.prototype as unknown as { write: Write }
  const { write } = writer
  const known = new Map<string, Promise<unknown>>()
  writer.write = function (name, ...values) {
    if (name !== 'append') return write.call(this, name, ...values)
    const { userId, key } = values[0] as { userId: number; key: string }
    const before = known.get(`${userId} ${key}`)
    if (before) return before.then((row) => ({ ...(row as object), isNew: false }))
    const written = write.call(this, name, ...values)
    known.set(`${userId} ${key}`, written)
    return written
  }
}

/** What is stored between the reading and the joining is in neither; the member is taken for level all the same. */
function readBeforeSubscribed(): void {
  const { open } = handlers
  handlers.open = async (services, from, command) => {
    const { store } = services
    const { room, after, epoch } = command
    if (after === undefined || epoch !== store.epoch) return open(services, from, command)
    const entries = await store.log.entriesAfter(room, after, 1_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
    const member = await services.hub.subscribe(room, from)
    const last = entries.at(-1)?.id ?? after
    from.reply({ type: 'opened', room, epoch, last, reset: false, entries, more: false, list: [], online: 0 } as never)
    member.room.follow(member, member.room.last)
  }
}

/** Takes each publication as it comes, whatever came before it. */
function acceptAnyId(): void {
  const { receive } = Room.prototype
  Room.prototype.receive = function (entry) {
    if (this.last > 0) this.last = entry.id - 1
    receive.call(this, entry)
  }
}

function loseSome(): void {
  const { publish } = LocalBackplane.prototype
  LocalBackplane.prototype.publish = function (publication) {
    if ((publication as Publication).type !== 'entry' || !isOneOf(20)) publish.call(this, publication)
  }
}

function reorderSome(): void {
  const { publish } = LocalBackplane.prototype
  LocalBackplane.prototype.publish = function (publication) {
    const isLate = (publication as Publication).type === 'entry' && isOneOf(5)
    if (isLate) setTimeout(() => publish.call(this, publication), 10 + 20 * Math.random())
    else publish.call(this, publication)
  }
}

function dropAtFullBuffer(): void {
  const { push } = SocketOutputBuffer.prototype
  const isBehind = Object.getOwnPropertyDescriptor(SocketOutputBuffer.prototype, 'isBehind')?.get
  SocketOutputBuffer.prototype.push = function (frame) {
    if (!isBehind?.call(this)) push.call(this, frame)
  }
  Object.defineProperty(SocketOutputBuffer.prototype, 'isBehind', { get: () => false })
}

function deliverTwice(): void {
  const { push } = SocketOutputBuffer.prototype
  SocketOutputBuffer.prototype.push = function (frame) {
    push.call(this, frame)
    if (frame.includes('"type":"chat"') && isOneOf(20)) push.call(this, frame)
  }
}

function acknowledgeOtherId(): void {
  const { reply } = ChatConnection.prototype
  ChatConnection.prototype.reply = function (frame: ServerFrame) {
    reply.call(this, frame.type === 'sent' && isOneOf(20) ? { ...frame, id: frame.id + 1 } : frame)
  }
}

function obeySideBySide(): void {
  const { chat } = handlers
  handlers.chat = (services, from, command) => {
    setTimeout(() => void chat(services, from, command), 20 * Math.random())
  }
}

function changeText(): void {
  const { receive } = Room.prototype
  Room.prototype.receive = function (entry) {
    receive.call(this, isOneOf(50) ? ({ ...entry, data: 'something else' } as Entry) : entry)
  }
}

function acknowledgeLate(): void {
  const { reply } = ChatConnection.prototype
  ChatConnection.prototype.reply = function (frame: ServerFrame) {
    if (frame.type === 'sent') setTimeout(() => reply.call(this, frame), 5)
    else reply.call(this, frame)
  }
}
