/** The process for images: what it may use, and that nothing is lost but a job when it ends. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants, getPriority } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ImageLimits, imageLimits } from '../../../src/server/files/images/contract.ts'
import { ImageJobs } from '../../../src/server/files/images/image-jobs.ts'
import { createImages } from '../../../src/server/files/images/images.ts'
import { recordedLog } from '../../support/recorded-log.ts'
import { temporaryFolder } from '../../support/server/server.ts'
import { flatPng, picture } from './samples.ts'

/** Decoding it takes long, and nothing is wrong with it. */
const slow = flatPng(10_900, 10_900)

/** Its process is known by a limit that nobody else has. */
let nextIdleMs = 600_000

async function start(t: Parameters<typeof temporaryFolder>[0], limits: Partial<ImageLimits> = {}) {
  const record = recordedLog()
  const idleMs = limits.idleMs ?? nextIdleMs++
  const images = createImages({ log: record.log, limits: { idleMs, ...limits } })
  onTestFinished(() => images.close())
  const folder = temporaryFolder(t)
  const file = (name: string, bytes: Buffer) => {
    writeFileSync(join(folder, name), bytes)
    return join(folder, name)
  }
  const small = file('small', await picture().png().toBuffer())
  /** Nobody writes into it, so reading it never ends. */
  const endless = () => {
    execFileSync('mkfifo', [join(folder, 'endless')])
    return join(folder, 'endless')
  }
  return { images, record, small, slow: file('slow', slow), endless, pids: () => pidsWith(`"idleMs":${idleMs}}`) }
}

function pidsWith(words: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readOrEmpty(`/proc/${name}/cmdline`).includes(words))
    .map(Number)
}

/** A process may end meanwhile, and then it has nothing. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

async function kill(pids: () => number[], but?: number): Promise<number> {
  let found: number | undefined
  await expect
    .poll(
      () => {
        found = pids().find((pid) => pid !== but)
        return found
      },
      { interval: 5 },
    )
    .toBeDefined()
  // Never 0, which would be this process and all that it has started.
  process.kill(found as number, 'SIGKILL')
  return found as number
}

// Processes are looked at in /proc.
describe.runIf(process.platform === 'linux')('process for images', () => {
  it('that is killed during a job costs nothing but time', async (t) => {
    const { images, record, slow, small, pids } = await start(t)
    const preview = images.preview(slow, 'small')
    await kill(pids)
    expect((await preview).length).toBeGreaterThan(0)
    expect(record.of('image-process-ended')).toMatchObject([{ level: 'warn', reason: 'SIGKILL', job: 'preview' }])
    expect(await images.inspect(small)).toMatchObject({ isImage: true })
  })

  it('that does not know a job fails, as after an update under a running server, and does the next one', async () => {
    const jobs = new ImageJobs(recordedLog().log, imageLimits)
    onTestFinished(() => jobs.close())
    const unknown = { type: 'of-before', path: '/no/such/file' } as never
    expect(await jobs.run(unknown)).toMatchObject({ state: 'failed', fault: expect.stringContaining('of-before') })
    expect(await jobs.run<'describe'>({ type: 'describe', path: '/no/such/file' })).toMatchObject({ state: 'refused' })
  })

  it('that is killed twice by a job refuses it, and does the next one', async (t) => {
    const { images, record, endless, small, pids } = await start(t)
    const preview = images.preview(endless(), 'small')
    const refused = expect(preview).rejects.toMatchObject({ name: 'ImageFault', reason: 'refused' })
    const next = images.inspect(small)
    await kill(pids, await kill(pids))
    await refused
    expect(await next).toMatchObject({ isImage: true })
    expect(record.of('image-process-ended')).toHaveLength(2)
  })

  it.for([
    ['memory', { memoryBytes: 1024 * 1024 }],
    ['cpu', { cpuMs: 1 }],
    ['time', { jobMs: 1 }],
  ] as const)('is ended when a job takes too much %s', async ([reason, limits], t) => {
    const { images, record, slow, pids } = await start(t, limits)
    await expect(images.preview(slow, 'small')).rejects.toMatchObject({ reason: 'refused' })
    expect(record.of('image-process-ended')).toMatchObject([{ reason, job: 'preview' }])
    expect(pids()).toEqual([])
  })

  it('that has no time to clean a file does not say that it is a plain one', async (t) => {
    const { images, small } = await start(t, { jobMs: 1 })
    await expect(images.inspect(small)).rejects.toMatchObject({ name: 'ImageFault', reason: 'failed' })
  })

  it('is one, with a lower priority, limits of the kernel and nothing of the environment', async (t) => {
    process.env.TEST_SECRET = 'of the server'
    onTestFinished(() => void delete process.env.TEST_SECRET)
    const { images, small, pids } = await start(t)
    const inspected = await Promise.all(Array.from({ length: 5 }, () => images.inspect(small)))
    expect(inspected.every(({ isImage }) => isImage)).toBe(true)
    const [pid = 0, ...others] = pids()
    expect(others).toEqual([])
    const threads = readdirSync(`/proc/${pid}/task`).map(Number)
    expect(threads.length).toBeGreaterThan(1)
    expect(new Set(threads.map((thread) => getPriority(thread)))).toEqual(
      new Set([Math.min(getPriority() + 10, constants.priority.PRIORITY_LOW)]),
    )
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8')
    expect(limits).toMatch(/Max core file size +0 /)
    expect(limits).toMatch(/Max data size +\d+ /)
    expect(limits).toMatch(/Max file size +\d+ /)
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim()).toBe('1000')
    expect(readFileSync(`/proc/${process.pid}/environ`).length).toBeGreaterThan(0)
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('TEST_SECRET')
  })

  it('ends when it has nothing to do, and begins again', async (t) => {
    const { images, record, small, pids } = await start(t, { idleMs: 3 })
    expect(await images.inspect(small)).toMatchObject({ isImage: true })
    await expect.poll(pids).toEqual([])
    expect(await images.inspect(small)).toMatchObject({ isImage: true })
    expect(record.of('image-process-ended')).toEqual([])
  })

  it('ends with the server, and what waits is rejected', async (t) => {
    const { images, slow, small, pids } = await start(t)
    const waiting = [images.preview(slow, 'small'), images.inspect(small)]
    const outcomes = Promise.allSettled(waiting)
    await expect.poll(pids).toHaveLength(1)
    await images.close()
    expect(pids()).toEqual([])
    const failed = { status: 'rejected', reason: { name: 'ImageFault', reason: 'failed' } }
    expect(await outcomes).toMatchObject([failed, failed])
    await expect(images.inspect(small)).rejects.toMatchObject({ reason: 'failed' })
  })
})

describe('queue of images', () => {
  it('is bounded', async (t) => {
    const { images, small } = await start(t, { jobs: 2 })
    const first = [images.inspect(small), images.preview(small, 'small')]
    await expect(images.inspect(small)).rejects.toMatchObject({ name: 'ImageFault', reason: 'busy' })
    await Promise.all(first)
    expect(await images.inspect(small)).toMatchObject({ isImage: true })
  })
})
