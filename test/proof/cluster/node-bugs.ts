/** Faults of nodes, each seeded into the real server from outside: `src` knows nothing of them. */
import { Client } from 'pg'
import { Room } from '../../../src/server/chat/room.ts'
import { handlers } from '../../../src/server/commands/handlers.ts'
import { Log } from '../../../src/server/store/facade/log.ts'
import { ServerLog } from '../../../src/server/store/facade/server-log.ts'
import type { Entry } from '../../../src/shared/protocol/types.ts'
import type { Property } from '../checker.ts'

interface Bug {
  /** Where it shows. */
  seenIn: 'messages' | 'hot rooms' | 'rights'
  /** One of these must catch it in messages, whatever else is found. */
  by?: Property[]
  /** Nodes may find it themselves: their database lacks what another node has told them, so they end. */
  endsNodes?: true
  seed(): void
}

export const nodeBugs: Record<string, Bug> = {
  'no lock order': { seenIn: 'hot rooms', seed: lockInAnyOrder },
  'unchecked commit tag': {
    seenIn: 'messages',
    by: ['P1'],
    seed() {
      failBeforeCommits()
      takeEachTagForCommit()
    },
  },
  'heads not compared': {
    seenIn: 'messages',
    by: ['P3'],
    seed() {
      Log.prototype.heads = async () => new Map()
    },
  },
  'server log not followed': { seenIn: 'rights', seed: forgetServerLog },
  'publish before commit': { seenIn: 'messages', by: ['P4', 'P5'], endsNodes: true, seed: publishBeforeCommit },
  'publications trusted without a look at the ids': { seenIn: 'messages', by: ['P3'], seed: acceptAnyId },
}

/** What sound nodes put up with. */
export const nodeHardships: Record<string, () => void> = {
  none: () => {},
  'transactions that fail before the commit': failBeforeCommits,
}

type Query = (this: Client, query: unknown, ...rest: unknown[]) => Promise<{ command: string }>

/** Sees each query of the nodes, whatever its form: more than its types can say. */
function changeQueries(change: (query: Query) => Query): void {
  const client = Client.prototype as unknown as { query: Query }
  client.query = change(client.query)
}

function lockInAnyOrder(): void {
  changeQueries((query) => {
    return function (asked, ...rest) {
      const { name, text } = asked as { name?: string; text?: string }
      if (!name?.startsWith('lock ')) return query.call(this, asked, ...rest)
      const lock = {
        ...(asked as object),
        name: `${name} at random`,
        text: text?.replace('order by id', 'order by random()'),
      }
      return query.call(this, lock, ...rest)
    }
  })
}

const isCommit = (asked: unknown) => asked === 'commit'

/**
 * A statement that nobody waits for: PostgreSQL answers the commit with the tag `ROLLBACK`, and no error. Until somebody writes the
 * node works without it, so that clients can join.
 */
function failBeforeCommits(): void {
  let isTalking = false
  changeQueries((query) => {
    return function (asked, ...rest) {
      isTalking ||= (asked as { text?: string }).text?.includes('insert into entries') === true
      if (isTalking && isCommit(asked) && Math.random() < 0.05) query.call(this, 'select 1 / 0').catch(() => {})
      return query.call(this, asked, ...rest)
    }
  })
}

function takeEachTagForCommit(): void {
  changeQueries((query) => {
    return function (asked, ...rest) {
      const answer = query.call(this, asked, ...rest)
      return isCommit(asked) ? answer.then((result) => ({ ...result, command: 'COMMIT' })) : answer
    }
  })
}

/** It never seems to have a change that is new. */
function forgetServerLog(): void {
  const { after } = ServerLog.prototype
  ServerLog.prototype.after = async function (id, limit) {
    const changes = await after.call(this, id, limit)
    return changes.filter((change) => change.id <= id + 1).slice(0, 1)
  }
}

/** The id is guessed, mostly rightly, and all nodes have the entry while the transaction is still open. */
function publishBeforeCommit(): void {
  const { chat } = handlers
  handlers.chat = async (services, from, command) => {
    const { room, data } = command
    const last = services.hub.lastIn(room)
    if (last !== undefined && Math.random() < 0.1) {
      const entry: Entry = { id: last + 1, room, type: 'chat', user: from.user, at: Date.now(), data }
      services.hub.publish({ type: 'entry', entry })
    }
    await chat(services, from, command)
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
