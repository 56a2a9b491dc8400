/** The bytes of files are in the folder as long as the table has the files, and no longer. */
import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, vi } from 'vitest'
import { dayMs, hourMs } from '../../src/shared/durations.ts'
import type { ChatClient } from '../support/clients/client.ts'
import { bytesOf, read, uploaded } from '../support/clients/uploads.ts'
import { ownerNamed } from '../support/clients/visitor.ts'
import { startServer, type TestServer } from '../support/server/server.ts'

const keptForUndoMs = 30 * dayMs

function inTable({ dataDir }: TestServer): string[] {
  const database = new DatabaseSync(join(dataDir, 'teahouse.db'), { readOnly: true })
  const rows = database.prepare('select distinct hash from files where hash is not null').all()
  database.close()
  return rows
    .map(({ hash }) => (typeof hash === 'string' ? hash : Buffer.from(hash as Uint8Array).toString('hex')))
    .sort()
}

function inFolder({ dataDir }: TestServer): string[] {
  return readdirSync(join(dataDir, 'files'), { recursive: true, encoding: 'utf8' })
    .flatMap((name) => name.match(/[0-9a-f]{64}$/) ?? [])
    .sort()
}

/** After the server has looked for what nobody needs, as it does each hour. @param files how many different ones are to be there */
async function expectSame(server: TestServer, files: number, when: string): Promise<void> {
  await server.restart()
  await expect.poll(() => inFolder(server).length, { message: when }).toBe(files)
  await expect.poll(() => inTable(server), { message: when }).toEqual(inFolder(server))
}

async function sent(server: TestServer, cookie: string, chat: ChatClient, bytes: string) {
  const file = await uploaded(server, { cookie }, { bytes })
  const answer = await chat.ask({ type: 'chat', room: 'lobby', key: randomUUID(), data: bytes, files: [file] }, 'sent')
  return { file, ref: answer.id }
}

it('files are removed with their messages, come back with them, and expire', async (t) => {
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
  const owner = await ownerNamed(server, 'Olga')
  const li = await server.signIn('Li')
  const by = { cookie: li.cookie }
  const connected = async (visitor: { connect(): Promise<ChatClient> }) => {
    const client = await visitor.connect()
    await client.open('lobby')
    return client
  }
  const remove = (client: ChatClient, ref: number | undefined) =>
    client.ask({ type: 'delete', room: 'lobby', key: randomUUID(), ref: ref ?? 0 }, 'sent')

  let chat = await connected(li)
  const own = await sent(server, li.cookie, chat, 'deleted by its author')
  const twice = [await sent(server, li.cookie, chat, 'twice'), await sent(server, li.cookie, chat, 'twice')]
  const moderated = await sent(server, li.cookie, chat, 'deleted by a moderator')
  await uploaded(server, by, { bytes: 'never sent' })
  await expectSame(server, 4, 'sent')

  chat = await connected(li)
  for (const { ref } of [own, twice[0] ?? own]) await remove(chat, ref)
  await expectSame(server, 3, 'another message has the same bytes')
  await remove(await connected(li), twice[1]?.ref)
  const { action } = await remove(await connected(owner), moderated.ref)
  expect((await read(server, by, moderated.file)).status).toBe(404)
  await expectSame(server, 2, 'what can be undone is kept')

  const olga = await connected(owner)
  await olga.ask({ type: 'undo', key: randomUUID(), action: action ?? 0 }, 'done')
  expect((await bytesOf(server, by, moderated.file)).toString()).toBe('deleted by a moderator')
  await sent(server, li.cookie, await connected(li), 'purged with its author')
  await olga.ask({ type: 'purge', key: randomUUID(), user: li.user.id }, 'done')
  expect((await read(server, { cookie: owner.cookie }, moderated.file)).status).toBe(404)
  await expectSame(server, 3, 'a purge can be undone too')

  // A clock that is more than three days ahead is in doubt: then nothing is removed.
  vi.useFakeTimers({ toFake: ['Date'] })
  t.onTestFinished(() => void vi.useRealTimers())
  const until = Date.now() + keptForUndoMs + hourMs
  while (Date.now() < until) {
    await server.stop()
    vi.setSystemTime(Date.now() + 2 * dayMs)
    await server.restart()
  }
  await expectSame(server, 0, 'what was not sent, and what cannot be undone any more, is gone')
})
