/** What users, pages and monitoring see while the storage fails. */
import { spawnSync } from 'node:child_process'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { recordedLog } from '../support/recorded-log.ts'
import { stopClock } from '../support/run/stopped-clock.ts'
import { type Cleanup, startServer, type TestServer, temporaryFolder } from '../support/server/server.ts'
import { useThreads } from '../support/server/threads.ts'

interface Trouble {
  begin(): void
  end(): void
}

/** Another process locks the database, for example a slow backup. */
function lockOf({ dataDir }: { dataDir: string }): Trouble {
  const other = new DatabaseSync(join(dataDir, 'teahouse.db'))
  return {
    begin: () => other.exec('begin immediate'),
    end: () => {
      other.exec('rollback')
      other.close()
    },
  }
}

/** A disk without a free byte; undefined where none can be mounted. */
function smallDisk(t: Cleanup): { folder: string; trouble: Trouble } | undefined {
  const folder = temporaryFolder(t)
  if (process.getuid?.() !== 0) return undefined
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'full', folder]).status !== 0) return undefined
  t.onTestFinished(() => void spawnSync('umount', ['-l', folder]))
  const ballast = join(folder, 'ballast')
  const fill = () => expect(() => writeFileSync(ballast, Buffer.alloc(8 * 1024 * 1024))).toThrow('ENOSPC')
  return { folder, trouble: { begin: fill, end: () => rmSync(ballast) } }
}

const asJson = { accept: 'application/json' }

function signIn({ url }: TestServer, name: string, headers: Record<string, string> = asJson): Promise<Response> {
  return fetch(`${url}/signin`, { method: 'POST', headers, body: new URLSearchParams({ name }), redirect: 'manual' })
}

async function health({ url }: TestServer): Promise<[number, string]> {
  const answer = await fetch(`${url}/healthz`)
  const { status, reason } = (await answer.json()) as { status: string; reason?: string }
  expect(status).toBe(answer.ok ? 'ok' : 'failing')
  return [answer.status, reason ?? status]
}

/** Repeats the request until the answer is as expected. The server keeps an answer for a second. */
async function healthBecomes(server: TestServer, status: number): Promise<string> {
  return await vi.waitFor(
    async () => {
      const [found, reason] = await health(server)
      expect(found).toBe(status)
      return reason
    },
    { timeout: 100_000, interval: 100 },
  )
}

async function expectRefusals(
  t: Cleanup,
  settings: Record<string, string>,
  troubleOf: (server: TestServer) => Trouble,
) {
  const record = recordedLog()
  const server = await startServer(t, settings, record.log)
  const anna = await server.signIn('Anna')
  const eve = await server.signIn('Eve')
  const chat = await anna.connect()
  await chat.open('lobby')
  await (await eve.connect()).open('lobby')
  await chat.say('lobby', 'before')
  const trouble = troubleOf(server)
  trouble.begin()

  const text = 'x'.repeat(4_000)
  for (let i = 0; i < 5; i++) chat.send({ type: 'chat', room: 'lobby', key: `refused ${i}`, data: text })
  for (let i = 0; i < 5; i++) {
    expect(await chat.next('error')).toMatchObject({ code: 'unavailable', retryAfterMs: 5_000, key: `refused ${i}` })
  }
  const [json, page] = await Promise.all([signIn(server, 'Bo'), signIn(server, 'Cai', { accept: 'text/html' })])
  expect([json.status, json.headers.get('retry-after')]).toEqual([503, '5'])
  expect([page.status, page.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await page.text()).toContain('can’t save anything right now')
  const form = { method: 'POST', headers: { cookie: anna.cookie, accept: 'text/html' } }
  const body = new URLSearchParams({ data: 'my long text', key: 'k' })
  const written = await fetch(`${server.url}/rooms/lobby/messages`, { ...form, body, redirect: 'manual' })
  expect([written.status, written.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await written.text()).toContain('my long text')
  const block = await fetch(`${server.url}/people/${eve.user.id}/block`, { ...form, redirect: 'manual' })
  expect([block.status, block.headers.get('retry-after')]).toEqual([503, '5'])
  // Reading goes on.
  expect((await fetch(server.url, { headers: { cookie: anna.cookie } })).status).toBe(200)
  expect(await healthBecomes(server, 503)).toMatch(/full|locked/)

  trouble.end()
  expect(await healthBecomes(server, 200)).toBe('ok')
  expect(await chat.say('lobby', 'after')).toBe(2)
  expect(record.of('storage-failing')).toHaveLength(1)
  expect(record.of('storage-recovered')).toHaveLength(1)
  expect(record.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
}

describe('storage failure', () => {
  it('tells everyone to try again later, still serves reads, and logs one line (operation 7)', async (t) => {
    await expectRefusals(t, {}, lockOf)
  })
  it('behaves the same when the disk is full (operation 7)', async (t) => {
    const disk = smallDisk(t)
    if (!disk) return t.skip('no small disk can be mounted here')
    await expectRefusals(t, { DATA_DIR: disk.folder, MIN_FREE_BYTES: '0' }, () => disk.trouble)
  })
})

describe('slow disk', () => {
  // The writer waits for the lock, and this process goes on to end it.
  beforeAll(useThreads)

  it('is reported to the operator (operation 4)', async (t) => {
    const record = recordedLog()
    const server = await startServer(t, {}, record.log)
    // On a busy machine the writer may begin too late to wait long enough, or wait too long: then once more.
    for (let attempt = 0; record.of('slow-transaction').length === 0; attempt++) {
      const trouble = lockOf(server)
      const refused = record.of('storage-failing').length
      trouble.begin()
      const began = performance.now()
      const signedIn = signIn(server, `Anna ${attempt}`)
      // Longer than a second, and shorter than SQLite waits for others.
      await setTimeout(1_500)
      trouble.end()
      const heldMs = performance.now() - began
      const { status } = await signedIn
      // SQLite waits for two seconds.
      if (heldMs < 2_000) expect([status, record.of('storage-failing').length]).toEqual([200, refused])
    }
    expect(record.of('slow-transaction')[0]?.ms).toBeGreaterThan(1_000)
  })
})

describe('GET /healthz', () => {
  it('reports a removed database and a replaced one (operation 6)', async (t) => {
    const server = await startServer(t)
    expect(await health(server)).toEqual([200, 'ok'])
    const path = join(server.dataDir, 'teahouse.db')
    renameSync(path, `${path}.away`)
    expect(await healthBecomes(server, 503)).toContain('removed')
    writeFileSync(path, '')
    await vi.waitFor(async () => expect((await health(server))[1]).toContain('replaced'), { timeout: 100_000 })
    rmSync(path)
    renameSync(`${path}.away`, path)
    expect(await healthBecomes(server, 200)).toBe('ok')
  })
  it('checks the storage once for all requests within a second (operation 6)', async (t) => {
    const server = await startServer(t)
    // However long the requests take, they are within one second.
    stopClock(t)
    await Promise.all(Array.from({ length: 200 }, () => fetch(`${server.url}/healthz`)))
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'), { readOnly: true })
    t.onTestFinished(() => database.close())
    const probed = () => database.prepare(`select value from meta where key = 'probed'`).get()
    const before = probed()
    await Promise.all(Array.from({ length: 200 }, () => fetch(`${server.url}/healthz`)))
    expect(probed()).toEqual(before)
  })
})
