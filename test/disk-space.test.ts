import { existsSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { DiskSpace } from '../src/server/disk-space.ts'
import { SqliteHealth } from '../src/server/store/sqlite/health.ts'
import { create } from './support/clients/uploads.ts'
import { recordedLog } from './support/recorded-log.ts'
import { tea } from './support/server/populate.ts'
import { startPopulatedServer } from './support/server/populated-server.ts'
import { startServer } from './support/server/server.ts'

describe('free disk space', () => {
  it('is low below the limit until it is a tenth above it, each logged once (operation 7)', async () => {
    const record = recordedLog()
    let free = 1_000
    const disk = new DiskSpace({ folder: '/', minFreeBytes: 1_000, log: record.log, freeBytes: async () => free })
    const lows = []
    for (free of [1_000, 999, 0, 1_000, 1_099, 1_100, 1_000, 999]) {
      await disk.look()
      lows.push(disk.isLow)
    }
    expect(lows).toEqual([false, true, true, true, true, false, false, true])
    expect(record.lines.map(({ event, freeBytes }) => [event, freeBytes])).toEqual([
      ['disk-low', 999],
      ['disk-recovered', 1_100],
      ['disk-low', 999],
    ])
  })
  it('is not checked when the limit is 0, and unchanged when it is unknown (operation 7)', async () => {
    const record = recordedLog()
    const fails = async () => {
      throw new Error('no such file system')
    }
    await new DiskSpace({ folder: '/', minFreeBytes: 0, log: record.log, freeBytes: fails }).look()
    expect(record.lines).toEqual([])
    const disk = new DiskSpace({ folder: '/', minFreeBytes: 1, log: record.log, freeBytes: fails })
    await disk.look()
    expect(disk.isLow).toBe(false)
    expect(record.of('task-failed')).toMatchObject([{ reason: 'disk-space' }])
  })
})

describe('disk that does not answer', () => {
  const never = () => new Promise<never>(() => {})

  it('is asked once for its free bytes, since each call blocks a thread (operation 7)', async () => {
    let calls = 0
    const freeBytes = () => {
      calls++
      return never()
    }
    const disk = new DiskSpace({ folder: '/', minFreeBytes: 1, log: recordedLog().log, freeBytes })
    void disk.look()
    await disk.look()
    expect(calls).toBe(1)
  })
  it('is asked once by all pages that show its free bytes, and again by the next one', async () => {
    let calls = 0
    let answer = (_: number) => {}
    const freeBytes = () => {
      calls++
      return new Promise<number>((resolve) => {
        answer = resolve
      })
    }
    const disk = new DiskSpace({ folder: '/', minFreeBytes: 1, log: recordedLog().log, freeBytes })
    const both = Promise.all([disk.freeBytes(), disk.freeBytes()])
    expect(calls).toBe(1)
    answer(7)
    expect(await both).toEqual([7, 7])
    void disk.freeBytes()
    expect(calls).toBe(2)
  })
  it('does not delay the health check, and is asked once for the file (operation 6)', async (t) => {
    vi.useFakeTimers()
    t.onTestFinished(() => void vi.useRealTimers())
    let calls = 0
    const stat = () => {
      calls++
      return never()
    }
    const writer = { fault: undefined, msSinceCommit: 0, write: never }
    const health = new SqliteHealth(
      import.meta.filename,
      writer,
      stat as unknown as typeof import('node:fs/promises').stat,
    )
    for (const _ of [1, 2]) {
      const fault = health.fault()
      await vi.advanceTimersByTimeAsync(10_000)
      expect(await fault).toBe('the disk does not answer')
    }
    expect(calls).toBe(1)
  })
})

describe('server with a nearly full disk', () => {
  it('refuses messages except those of admins, and still serves reads, sign-in and moderation (operation 7)', async (t) => {
    const { bavail, bsize } = statfsSync('/tmp')
    const record = recordedLog()
    const populated = await startPopulatedServer(t, { MIN_FREE_BYTES: String(100 * bavail * bsize) }, record.log)
    const { owen, anna, bo, server } = populated
    for (const person of [anna, bo]) {
      const answer = await person.does({ type: 'chat', room: tea, data: 'hello' })
      expect(answer).toMatchObject({ type: 'error', code: 'unavailable', retryAfterMs: expect.any(Number) })
    }
    await owen.chat.open(tea)
    const id = await owen.chat.say(tea, 'We make room.')
    await owen.did({ type: 'mute', room: tea, user: bo.id, forMs: 60_000 })
    await owen.did({ type: 'delete', room: tea, ref: id })
    expect((await anna.chat.ask({ type: 'history', room: tea }, 'history')).messages.length).toBeGreaterThan(0)
    expect((await server.signIn('Newcomer')).user.name).toBe('Newcomer')
    const health = await fetch(`${server.url}/healthz`)
    expect([health.status, await health.json()]).toEqual([
      503,
      { status: 'failing', reason: expect.stringContaining('nearly full') },
    ])
    expect(record.of('disk-low')).toHaveLength(1)
  })
  it('is detected only below the limit: by default there is space here', async (t) => {
    const server = await startServer(t)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })
})

describe('a second disk', () => {
  /** Two folders on different file systems, the one with more room first. */
  const folders = ['/dev/shm', '/tmp', '/var/tmp', process.cwd()]
    .filter((folder) => existsSync(folder))
    .map((folder) => ({
      folder,
      dev: statSync(folder).dev,
      free: statfsSync(folder).bavail * statfsSync(folder).bsize,
    }))
    .toSorted((a, b) => b.free - a.free)
  const large = folders[0]
  const small = folders.find(({ dev, free }) => dev !== large?.dev && free < (large?.free ?? 0) / 2.5)

  it.skipIf(!small)('of FILES_DIR ends uploads when it is full, and keeps nobody from writing', async (t) => {
    const inFolder = (folder = '') => {
      const made = mkdtempSync(join(folder, 'teahouse-'))
      t.onTestFinished(() => rmSync(made, { recursive: true, force: true }))
      return made
    }
    const record = recordedLog()
    const filesDir = join(inFolder(small?.folder), 'not/made/yet')
    // More than is free on the small one, and less than half of what is free on the large one.
    const settings = { MIN_FREE_BYTES: String(Math.floor((small?.free ?? 0) * 1.2)), FILES_DIR: filesDir }
    const server = await startServer(t, { DATA_DIR: inFolder(large?.folder), ...settings }, record.log)
    const anna = await server.signIn('Anna')
    const by = { cookie: anna.cookie }
    expect((await create(server, by, { bytes: 'tea' })).status).toBe(503)
    const chat = await anna.connect()
    await chat.open('lobby')
    await chat.say('lobby', 'hello')
    expect(record.of('file-disk-low')).toHaveLength(1)
    expect(record.of('disk-low')).toEqual([])
    await server.restart({ FILES_DIR: '' })
    expect((await create(server, by, { bytes: 'tea' })).status, 'the other disk has room').toBe(201)
  })
})
