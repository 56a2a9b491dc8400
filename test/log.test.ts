/** The log, when what it is written to is full, slow or gone. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LineWriter } from '../src/server/line-writer.ts'
import { limits } from '../src/shared/protocol/limits.ts'
import { connect } from './support/clients/client.ts'
import { freePort } from './support/run/free-ports.ts'
import { run } from './support/server/program.ts'
import { type Cleanup, temporaryFolder } from './support/server/server.ts'

const isRoot = process.getuid?.() === 0

function opened(t: Cleanup, path: string): number {
  const file = openSync(path, 'a')
  t.onTestFinished(() => closeSync(file))
  return file
}

/** Has the server write a few hundred lines. */
async function makeNoise(url: string): Promise<void> {
  for (let i = 0; i < 50; i++) {
    const echo = await connect(`${url.replace('http', 'ws')}/ws/echo`)
    // A frame that is too long is noted.
    echo.send('x'.repeat(2 * limits.maxFrameBytes))
    await echo.closed
  }
}

const noisy = { PORT: '0', LOG_LEVEL: 'debug', RATE_LIMITS: 'off' }

describe('server runs and exits with code 0', () => {
  it('when its log is on a full disk (FAULTS 1)', async (t) => {
    const stdio = ['ignore', 'pipe', opened(t, '/dev/full')] as const
    const program = run(t, { ...noisy, DATA_DIR: temporaryFolder(t) }, { stdio: [...stdio] })
    const url = await program.url()
    await makeNoise(url)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
  })
  it('when its standard output is on a full disk (FAULTS 1)', async (t) => {
    const PORT = String(await freePort())
    const settings = { PORT, DATA_DIR: temporaryFolder(t), LOG_LEVEL: 'info' }
    const program = run(t, settings, { stdio: ['ignore', opened(t, '/dev/full'), 'pipe'] })
    await program.logged(/"listening"/)
    expect((await fetch(`http://127.0.0.1:${PORT}/healthz`)).status).toBe(200)
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
  })
  it('when the reader of its log has gone (FAULTS 1)', async (t) => {
    const program = run(t, { ...noisy, DATA_DIR: temporaryFolder(t) })
    const url = await program.url()
    program.hangUp()
    await makeNoise(url)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
  })
  it.runIf(isRoot)(
    'when the disk of its log fills up, and reports the missing lines once there is space (FAULTS 1)',
    async (t) => {
      const folder = temporaryFolder(t)
      const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'full', folder])
      if (status !== 0) return t.skip('no tmpfs can be mounted here')
      t.onTestFinished(() => void spawnSync('umount', ['-l', folder]))
      const [path, ballast] = [join(folder, 'log'), join(folder, 'ballast')]
      const program = run(t, { ...noisy, DATA_DIR: temporaryFolder(t) }, { stdio: ['ignore', 'pipe', opened(t, path)] })
      const url = await program.url()
      // More than the whole disk: the log may be empty still.
      expect(() => writeFileSync(ballast, Buffer.alloc(128 * 1024))).toThrow('ENOSPC')
      await makeNoise(url)
      await makeNoise(url)
      expect((await fetch(`${url}/healthz`)).status).toBe(200)
      rmSync(ballast)
      await makeNoise(url)
      program.kill('SIGTERM')
      expect((await program.ended).code).toBe(0)
      const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
      const missing = lines.find((line) => line.includes('log-lines-dropped')) ?? '{}'
      expect(JSON.parse(missing).dropped).toBeGreaterThan(0)
      // One may have been cut off where the disk was full, and the next one begins on a line of its own.
      expect(lines.filter((line) => !isJson(line)).length).toBeLessThanOrEqual(1)
    },
  )
})

function isJson(line: string): boolean {
  try {
    return Boolean(JSON.parse(line))
  } catch {
    return false
  }
}

describe('log whose reader has stopped', () => {
  it('holds a limited amount, counts what it drops, and lets the process end (FAULTS 1)', async (t) => {
    const script = join(import.meta.dirname, 'support/run/writes-lines.ts')
    const program = run(t, {}, { command: [process.execPath, script], isErrorRead: false })
    const { dropped, heldBytes } = JSON.parse(await program.firstLine())
    expect(dropped).toBeGreaterThan(90_000)
    expect(heldBytes).toBeLessThan(20 * 1024 * 1024)
  })
})

describe('line writers on one stream', () => {
  it.each([1, 2])('share one error listener: file descriptor %d (FAULTS 1)', (fd) => {
    const script = `
      import { lineWriter } from ${JSON.stringify(new URL('../src/server/line-writer.ts', import.meta.url))}
      const stream = ${fd} === 1 ? process.stdout : process.stderr
      const before = stream.listenerCount('error')
      const writers = Array.from({ length: 20 }, () => lineWriter(${fd}))
      for (const writer of writers) writer.write('a line\\n')
      await Promise.all(writers.map((writer) => writer.flush(60_000)))
      writers[0].write(stream.listenerCount('error') - before + ' more')
    `
    const node = [process.execPath, '--input-type=module', '--eval', script] as const
    const { output } = spawnSync(node[0], node.slice(1), { encoding: 'utf8' })
    // All that is written, and no warning of Node.
    expect([output[fd], output[3 - fd]]).toEqual([`${'a line\n'.repeat(20)}1 more`, ''])
  })
})

describe('line writer', () => {
  /** What was written, and a way to fail. */
  function sink() {
    const disk = { text: '', room: Number.POSITIVE_INFINITY }
    const writer = new LineWriter(
      (bytes, done) => {
        const written = Math.min(bytes.length, disk.room)
        disk.text += bytes.subarray(0, written)
        disk.room -= written
        queueMicrotask(() => done(written < bytes.length ? new Error('full') : null, written))
      },
      (dropped) => `${dropped} are missing\n`,
    )
    return { disk, writer }
  }

  it('writes lines in order', async () => {
    const { disk, writer } = sink()
    for (const line of ['a\n', 'b\n', 'c\n']) writer.write(line)
    await writer.flush(1_000)
    expect(disk.text).toBe('a\nb\nc\n')
    expect(writer.dropped).toBe(0)
  })
  it('counts the lines lost to a full disk, and reports them once there is space', async () => {
    const { disk, writer } = sink()
    disk.room = 3
    for (const line of ['one\n', 'two\n', 'three\n']) {
      writer.write(line)
      await writer.flush(1_000)
    }
    expect(writer.dropped).toBe(3)
    disk.room = Number.POSITIVE_INFINITY
    writer.write('four\n')
    writer.write('five\n')
    await writer.flush(1_000)
    expect(disk.text).toBe('one\n3 are missing\nfour\nfive\n')
    expect(writer.dropped).toBe(3)
  })
  it('keeps the lines of a batch that were written before the disk was full', async () => {
    const { disk, writer } = sink()
    writer.write('first\n')
    disk.room = 6
    // Together in one batch: the first is on its way.
    for (const line of ['a\n', 'b\n', 'cccccc\n', 'd\n']) writer.write(line)
    await writer.flush(1_000)
    expect(disk.text).toBe('first\na\nb\ncc')
    expect(writer.dropped).toBe(2)
  })
})
