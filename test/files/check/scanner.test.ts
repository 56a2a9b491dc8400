import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createFileCheck } from '../../../src/server/files/check/file-check.ts'
import { parseFileCheck } from '../../../src/server/files/check/scanner.ts'
import { recordedLog } from '../../support/recorded-log.ts'
import { type Cleanup, temporaryFolder } from '../../support/server/server.ts'
import { startClamd } from '../../support/services/clamd.ts'

const by = { id: 'f'.repeat(32), userId: 7, by: 'user 7' }
const refusals = { refused: { code: 'file-refused' }, unknown: { code: 'unavailable', retryAfterMs: 30_000 } }

function fileOf(t: Cleanup, bytes: Buffer | string): string {
  const path = join(temporaryFolder(t), 'file')
  writeFileSync(path, bytes)
  return path
}

function checkWith(setting: string, limits = {}) {
  const how = parseFileCheck(setting)
  if (!how) throw new Error(`${setting} is no scanner.`)
  const record = recordedLog()
  return { ...createFileCheck(how, record.log, limits), record }
}

describe('a check by clamd', () => {
  it('sends the whole file, over TCP and over a socket in the file system', async (t) => {
    for (const place of [{}, { path: join(temporaryFolder(t), 'clamd.ctl') }]) {
      const clamd = await startClamd(t, place)
      const { check } = checkWith(clamd.address)
      for (const bytes of [Buffer.alloc(0), Buffer.from('tea'), randomBytes(64 * 1024), randomBytes(1_000_001)]) {
        await check(fileOf(t, bytes), by)
        expect(clamd.files.at(-1)?.equals(bytes)).toBe(true)
      }
    }
  })

  it('refuses what it finds, and says in the log what it is', async (t) => {
    const clamd = await startClamd(t)
    const { check, record } = checkWith(clamd.address)
    await check(fileOf(t, 'tea'), by)
    await expect(check(fileOf(t, 'x EICAR x'), by)).rejects.toMatchObject(refusals.refused)
    expect(record.of('file-refused')).toMatchObject([{ user: 7, file: by.id, finding: 'Eicar-Test-Signature' }])
  })

  it('refuses a file that is too large for it, although it hangs up before the end', async (t) => {
    const clamd = await startClamd(t, { maxBytes: 100_000 })
    const { check } = checkWith(clamd.address)
    await check(fileOf(t, randomBytes(100_000)), by)
    await expect(check(fileOf(t, randomBytes(5_000_000)), by)).rejects.toMatchObject({ code: 'too-large' })
  })

  it('lets no file pass when there is no answer, a strange one, or nobody', async (t) => {
    for (const answer of ['', 'OK\0', 'stream: Cannot allocate memory ERROR\0', `${'x'.repeat(9_000)}\0`]) {
      const clamd = await startClamd(t, { answer: () => answer })
      const { check, record } = checkWith(clamd.address)
      await expect(check(fileOf(t, 'tea'), by), answer).rejects.toMatchObject(refusals.unknown)
      expect(record.of('file-check-failed')).toMatchObject([{ reason: 'no-verdict', level: 'error' }])
    }
    const gone = await startClamd(t)
    await gone.stop()
    await expect(checkWith(gone.address).check(fileOf(t, 'tea'), by)).rejects.toMatchObject(refusals.unknown)
  })

  it('ends after its time', async (t) => {
    const clamd = await startClamd(t, { answer: () => undefined })
    const { check, record } = checkWith(clamd.address, { checkMs: 30 })
    await expect(check(fileOf(t, 'tea'), by)).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterMs: 60_000,
      message: 'The check of the file took too long. Try again later.',
    })
    expect(record.of('file-check-failed')).toMatchObject([{ reason: 'timeout' }])
  })

  it('of a file that took too long is not begun again at once', async (t) => {
    const clamd = await startClamd(t, { answer: () => undefined })
    const { check, record } = checkWith(clamd.address, { checkMs: 30 })
    const path = fileOf(t, 'tea')
    await expect(check(path, by)).rejects.toMatchObject({ retryAfterMs: 60_000 })
    await expect(check(path, by)).rejects.toMatchObject({ code: 'unavailable' })
    expect(record.of('file-check-failed')).toHaveLength(1)
    await expect(check(path, { ...by, id: 'e'.repeat(32) })).rejects.toMatchObject({ code: 'unavailable' })
    expect(record.of('file-check-failed')).toHaveLength(2)
  })

  it('has two files at once, and lets users take turns', async (t) => {
    const clamd = await startClamd(t)
    const { check } = checkWith(clamd.address)
    const done: number[] = []
    const path = fileOf(t, randomBytes(200_000))
    const of = (user: number) => check(path, { ...by, by: `user ${user}` }).then(() => void done.push(user))
    await Promise.all([...Array.from({ length: 10 }, () => of(1)), of(2)])
    expect(clamd.maxAtOnce).toBeLessThanOrEqual(3) // one that has answered may not be closed yet
    expect(done.indexOf(2)).toBeLessThan(6)
  })
})

describe('a check by a command', () => {
  function scriptOf(t: Cleanup, text: string): string {
    const path = join(temporaryFolder(t), 'scan')
    writeFileSync(path, `#!/bin/sh\n${text}\n`)
    chmodSync(path, 0o755)
    return path
  }

  it('gives it the file as the last argument, and refuses at exit code 1', async (t) => {
    const { check, record } = checkWith(
      `${scriptOf(t, '[ "$1" = -q ] || exit 9; grep -q EICAR "$2" && exit 1; exit 0')} -q`,
    )
    await check(fileOf(t, 'tea'), by)
    await expect(check(fileOf(t, 'x EICAR x'), by)).rejects.toMatchObject(refusals.refused)
    expect(record.of('file-refused')).toMatchObject([{ user: 7, file: by.id }])
  })

  it('lets no file pass at any other end', async (t) => {
    for (const text of ['exit 2', 'exit 127', 'kill -9 $$'])
      await expect(checkWith(scriptOf(t, text)).check(fileOf(t, 'tea'), by), text).rejects.toMatchObject(
        refusals.unknown,
      )
    await expect(checkWith('/no/such/command').check(fileOf(t, 'tea'), by)).rejects.toMatchObject(refusals.unknown)
  })

  it('is stopped with what it has started', async (t) => {
    const mark = join(temporaryFolder(t), 'pid')
    const script = scriptOf(t, `sleep 1000 & echo $! > ${mark}.new; mv ${mark}.new ${mark}; wait`)
    const { check, stop } = checkWith(script)
    const checking = check(fileOf(t, 'tea'), by)
    checking.catch(() => {}) // expected below
    await expect.poll(() => existsSync(mark)).toBe(true)
    const pid = Number(readFileSync(mark, 'utf8'))
    expect(isRunning(pid)).toBe(true)
    stop()
    await expect(checking).rejects.toMatchObject(refusals.unknown)
    await expect.poll(() => isRunning(pid)).toBe(false)
  })

  it('does not get the environment of the server', async (t) => {
    process.env.TEAHOUSE_SECRET = 'leaf'
    t.onTestFinished(() => void delete process.env.TEAHOUSE_SECRET)
    await checkWith(scriptOf(t, '[ -z "$TEAHOUSE_SECRET" ] && [ -n "$PATH" ]')).check(fileOf(t, 'tea'), by)
  })
})

function isRunning(pid: number): boolean {
  // One that ended and that nobody has waited for yet is still listed.
  const path = `/proc/${pid}/stat`
  return existsSync(path) && !/\) [ZX] /.test(readFileSync(path, 'latin1'))
}
